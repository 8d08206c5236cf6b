import { type Cosigned, cosignedLine } from '../transparency/witness-policy.js';

/** Everything that can be wrong with an export, and what a reader should conclude from it. */
export type FailureKind =
  /** The fields do not hash to the leaf in the log: the event was changed after it was logged. */
  | 'changed_event'
  /** The log has this sequence, the export has no event for it. */
  | 'removed_event'
  /** The event stands at another place than its sequence says. */
  | 'reordered_event'
  /** A sequence occurs twice. */
  | 'duplicate_event'
  /** It was done with a token that the log had revoked before: nobody can, so this was not written by Rescind. */
  | 'acted_after_revocation'
  /** The event belongs to another business than the export. */
  | 'foreign_event'
  /** The line is none of the format's, or shows more than what was hashed. */
  | 'malformed_line'
  /** The export ends without its checkpoint. */
  | 'no_checkpoint'
  /** The checkpoint counts more events than the export has, or a kept checkpoint more than the new one. */
  | 'removed_tail'
  /** The export has more events than its checkpoint counts. */
  | 'added_tail'
  /** Every line may look right, but together they are not the log that was signed. */
  | 'root_mismatch'
  /** A checkpoint is no note, not signed by a given key, or its signature is wrong. */
  | 'malformed_checkpoint'
  | 'wrong_key'
  | 'bad_signature'
  /** Business, origin and checkpoint do not belong together. */
  | 'wrong_log'
  /** A kept checkpoint is not a prefix of this log: two histories were signed. */
  | 'forked_log'
  /** A kept checkpoint lies inside a stretch that the export leaves out, so it could not be compared. */
  | 'uncompared_checkpoint'
  /** The anchor does not show that a checkpoint of this log is in the platform's log. */
  | 'bad_anchor'
  /** No checkpoint that the export agrees with has the cosignatures that the policy asks for. */
  | 'no_quorum'
  /** A file of the archive is not what the log says was written, or is not there. */
  | 'changed_archive'
  /** The export is not as complete as it says, or as was required. */
  | 'incomplete';

export interface Failure {
  kind: FailureKind;
  /** First and last sequence concerned; null when it is not about certain events. */
  sequences: [number, number] | null;
  /** Line of the export, from 1; null when it is not about a line. */
  line: number | null;
  message: string;
}

/** The event under which retention dropped events. */
export interface DropRecord {
  id: string;
  sequence: number;
  occurred_at: string;
  /** The last sequence that was dropped, then or before. */
  through_sequence: number;
}

/** What was found, as `--json` prints it. */
export interface VerificationReport {
  /** True only if there is no failure at all. */
  verified: boolean;
  business_id: string | null;
  origin: string;
  first_sequence: number;
  last_sequence: number;
  complete: boolean;
  /** Of the export's checkpoint; null if that is missing or not to be believed. */
  size: number | null;
  root: string | null;
  /** Events with content in the export, and how many of them a signed checkpoint proves unchanged. */
  events: number;
  events_proven: number;
  /** The proven ones as ranges of sequences; at most the first 1,000 ranges. */
  proven: [number, number][];
  /** Sequences without content, by reason. */
  skipped: number;
  dropped: number;
  /** The furthest drop that an intact event of the export records; null for none. */
  dropped_under: DropRecord | null;
  missing: number;
  /** Kept checkpoints that were compared and found to be prefixes. */
  consistent_with: { source: string; size: number }[];
  /** The largest checkpoint among them, or that of the export, which the policy holds; null: none, or there is no policy. */
  cosigned: Cosigned | null;
  failure_count: number;
  /** At most the first 1,000. */
  failures: Failure[];
}

/** Bounds the memory of a report on an export that is wrong throughout. */
export const LISTED_MAX = 1000;

/** Lines of each list that people are shown; `--json` has more. */
const SHOWN_MAX = 20;

/** The report for people: what was verified, what was not, and what that means. */
export function renderReport(report: VerificationReport): string {
  const lines = [
    `log         ${report.origin}`,
    `checkpoint  ${report.size === null ? 'none to be believed' : `${report.size} events, root ${report.root}`}`,
    `export      ${extentOf(report)}`,
    `proven      ${report.events_proven} of ${report.events} events${listOf(report.proven)}`,
    ...withoutContent(report),
    ...droppedUnder(report),
    ...report.consistent_with.map(({ source, size }) => `consistent  with ${source} (${size} events)`),
    ...(report.cosigned === null ? [] : [cosignedLine(report.cosigned)]),
    ...report.failures.slice(0, SHOWN_MAX).map(failureLine),
  ];
  const hidden = report.failure_count - Math.min(report.failures.length, SHOWN_MAX);
  if (hidden > 0) lines.push(`FAILED      and ${hidden} more`);
  lines.push(report.verified ? 'VERIFIED' : `NOT VERIFIED: ${report.failure_count} failure(s)`);
  return `${lines.join('\n')}\n`;
}

function extentOf({ complete, first_sequence: first, last_sequence: last }: VerificationReport): string {
  const range = `sequences ${first} to ${last}`;
  return complete
    ? `${range}, unfiltered`
    : `${range}, filtered: it cannot show that nothing else matched the filter`;
}

function withoutContent({ skipped, dropped, missing }: VerificationReport): string[] {
  if (skipped + dropped + missing === 0) return [];
  return [`not shown   ${skipped} skipped, ${dropped} dropped by retention, ${missing} missing`];
}

function droppedUnder({ dropped, dropped_under: record }: VerificationReport): string[] {
  if (dropped === 0 || record === null) return [];
  const { through_sequence: through, sequence, id, occurred_at } = record;
  return [
    `dropped     through sequence ${through}, as the event of sequence ${sequence} records (${id}, ${occurred_at})`,
  ];
}

function failureLine({ kind, sequences, line, message }: Failure): string {
  const where = [sequences === null ? null : rangeOf(sequences), line === null ? null : `line ${line}`];
  const place = where.filter((part) => part !== null).join(', ');
  return `FAILED      ${kind}${place === '' ? '' : ` (${place})`}: ${message}`;
}

function listOf(ranges: readonly [number, number][]): string {
  if (ranges.length === 0) return '';
  const shown = ranges.slice(0, SHOWN_MAX).map(rangeOf).join(', ');
  return `: ${shown}${ranges.length > SHOWN_MAX ? ', …' : ''}`;
}

function rangeOf([from, to]: readonly [number, number]): string {
  return from === to ? `sequence ${from}` : `sequences ${from}-${to}`;
}

/** Counts all failures and keeps the first ones. */
export class FailureList {
  readonly listed: Failure[] = [];
  count = 0;

  push(failure: Failure): void {
    this.count += 1;
    if (this.listed.length < LISTED_MAX) this.listed.push(failure);
  }

  add(
    kind: FailureKind,
    message: string,
    where: { sequence?: number; sequences?: [number, number]; line?: number } = {},
  ): void {
    const sequences =
      where.sequences ?? (where.sequence === undefined ? null : [where.sequence, where.sequence]);
    this.push({ kind, sequences, line: where.line ?? null, message });
  }
}
