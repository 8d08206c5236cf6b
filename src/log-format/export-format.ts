import type { AuditEvent } from './audit-event.js';

/**
 * The verifiable export of one log: NDJSON (UTF-8, `\n` after every line, optionally gzip), in this order:
 *
 * 1. one {@link ExportHeader};
 * 2. lines that together stand for every sequence from 1 to the checkpoint's size, ascending, each exactly once:
 *    - {@link eventLine}: an event. Its `leaf_hash` is the one the tree holds, read from the tree and never
 *      recomputed from the row: a changed row is then named by its sequence, not only noticed;
 *    - {@link gapLine}: events whose content is not here, by the hashes of the full subtrees that cover them;
 * 3. one {@link checkpointLine}.
 *
 * So the root can be recomputed from any export and compared with the signed one:
 * | export | lines |
 * |---|---|
 * | complete | an event line for each sequence |
 * | resumed at sequence k | `skipped` [1, k - 1], then event lines |
 * | by a filter | event lines for what matches, `skipped` for all between |
 * | after retention | `dropped` [1, d], then event lines |
 * | of a log whose rows were tampered away | `missing` for them |
 *
 * What an export cannot prove by itself: that a filter matched no more than is shown (`complete` false), and
 * that the log did not grow after its checkpoint. The latter is what earlier checkpoints kept by the reader
 * are for. They can be compared wherever a line, or a subtree of a gap line, ends at their size; to let a
 * reader compare at size m, split the gap lines there.
 */
export interface ExportHeader {
  /** The version of this format. */
  rescind_export: 1;
  /** null: the log of the platform itself. */
  business_id: string | null;
  origin: string;
  /** The range asked for, both included; `last_sequence` is the checkpoint's size unless a smaller end was asked for. */
  first_sequence: number;
  last_sequence: number;
  /** Whether every event of that range is here, or else dropped or missing: nothing was filtered out. */
  complete: boolean;
  /** What was filtered by, in words or as a query string; null for nothing. Only for the reader's eyes. */
  filter: string | null;
  /** Only for the reader's eyes: a key that comes with the export proves nothing. */
  vkey: string;
}

/**
 * Why events are not shown. `skipped`: outside the range or the filter. `dropped`: by retention; always the
 * oldest ones, from sequence 1 on, and their drop is a later `audit.retention_applied`. `missing`: the tree has
 * a leaf but the row is gone without a reason; a verifier reports each as removed.
 */
export type GapReason = 'skipped' | 'dropped' | 'missing';

/** `{"skipped":[from,to],"subtrees":["<base64>",…]}`: first and last sequence, hashes from left to right. */
export interface Gap {
  reason: GapReason;
  from: number;
  to: number;
  subtrees: readonly Uint8Array[];
}

/** An event as exported: its members, and beside them, not among the hashed ones, its leaf hash in the tree. */
export type ExportedEvent = AuditEvent & { leaf_hash: string };

export function headerLine(header: ExportHeader): string {
  return `${JSON.stringify(header)}\n`;
}

/**
 * The line of an event: its canonical text with one member more at the end. A verifier refuses every other
 * form, so that nothing can be shown that was not hashed (a second member of the same name, for one).
 * @param canonicalText what `canonicalEvent` gives
 * @param leafHash base64, from the tree
 */
export function eventLine(canonicalText: string, leafHash: string): string {
  return `${canonicalText.slice(0, -1)},"leaf_hash":"${leafHash}"}\n`;
}

/** The line of events without content; `subtrees` as `readSubtrees(read, from - 1, to)` gives them. */
export function gapLine({ reason, from, to, subtrees }: Gap): string {
  const hashes = subtrees.map((hash) => Buffer.from(hash).toString('base64'));
  return `${JSON.stringify({ [reason]: [from, to], subtrees: hashes })}\n`;
}

/** The last line: the signed note of the checkpoint, verbatim. */
export function checkpointLine(note: string): string {
  return `${JSON.stringify({ checkpoint: note })}\n`;
}
