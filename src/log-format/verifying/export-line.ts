import { canonicalEvent, parsedObject } from '../canonical-event.js';
import type { ExportedEvent, ExportHeader, Gap } from '../export-format.js';
import { decodeBase64, HASH_BYTES, leafHashBase64 } from '../transparency/merkle-tree.js';
import { subtreesOf } from '../transparency/subtrees.js';
import { textOf } from '../transparency/platform.js';
import { UnreadableInput } from './unreadable-input.js';

const NEWLINE = 0x0a;
/** Far above any event; bounds memory when the input has no lines at all. */
const LINE_BYTES_MAX = 16 << 20;

/**
 * The lines of a text in UTF-8, in batches as it comes. A last line without a newline counts too.
 * @throws UnreadableInput for a line of over 16 MiB
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let unfinished: Uint8Array[] = [];
  let unfinishedBytes = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end >= 0) {
      // Decoded up to a newline only, so that no character is cut in two.
      yield textOf(Buffer.concat([...unfinished, chunk.subarray(0, end)])).split('\n');
      unfinished = [];
      unfinishedBytes = 0;
    }
    unfinished.push(chunk.subarray(end + 1));
    unfinishedBytes += chunk.length - end - 1;
    if (unfinishedBytes > LINE_BYTES_MAX) throw new UnreadableInput('the input has a line of over 16 MiB');
  }
  if (unfinishedBytes > 0) yield [textOf(Buffer.concat(unfinished))];
}

/** One line behind the header, judged by itself. */
export type ExportLine =
  | { kind: 'event'; event: ExportedEvent; leaf: Buffer; state: 'intact' | 'changed' | 'embellished' }
  | { kind: 'gap'; gap: Gap }
  | { kind: 'checkpoint'; note: string }
  | { kind: 'malformed' };

const MALFORMED: ExportLine = { kind: 'malformed' };

/** Never throws: what cannot be read is `malformed`. */
export function readExportLine(text: string): ExportLine {
  const value = parsedObject(text);
  if (value === null) return MALFORMED;
  if ('action' in value) return readEvent(text, value as unknown as ExportedEvent);
  if (typeof value.checkpoint === 'string') return { kind: 'checkpoint', note: value.checkpoint };
  return readGap(value);
}

/** Null if the line is not the header of an export that this version reads. */
export function readHeader(text: string): ExportHeader | null {
  const value = parsedObject(text) as Partial<ExportHeader> | null;
  if (value?.rescind_export !== 1 || typeof value.origin !== 'string') return null;
  if (typeof value.business_id !== 'string' && value.business_id !== null) return null;
  if (!Number.isSafeInteger(value.first_sequence) || !Number.isSafeInteger(value.last_sequence)) return null;
  return typeof value.complete === 'boolean' ? (value as ExportHeader) : null;
}

function readEvent(text: string, event: ExportedEvent): ExportLine {
  const { sequence, leaf_hash: leafHash } = event;
  const leaf = typeof leafHash === 'string' ? decodeBase64(leafHash, HASH_BYTES) : null;
  if (leaf === null || !isSequence(sequence)) return MALFORMED;
  const entry = entryOf(text, leafHash);
  if (entry !== null && leafHashBase64(entry) === leafHash)
    return { kind: 'event', event, leaf, state: 'intact' };
  try {
    const state = leafHashBase64(canonicalEvent(event)) === leafHash ? 'embellished' : 'changed';
    return { kind: 'event', event, leaf, state };
  } catch {
    return MALFORMED;
  }
}

/**
 * The hashed text within the line; null if the line does not end as `eventLine` writes it. What is shown is then
 * what is hashed, byte for byte, which spares serialising each event again (half of the time).
 */
function entryOf(text: string, leafHash: string): string | null {
  const end = text.length - `,"leaf_hash":"${leafHash}"}`.length;
  return text.endsWith(`,"leaf_hash":"${leafHash}"}`) ? `${text.slice(0, end)}}` : null;
}

function readGap(value: Record<string, unknown>): ExportLine {
  for (const reason of ['skipped', 'dropped', 'missing'] as const) {
    const range = value[reason];
    if (!Array.isArray(range) || !Array.isArray(value.subtrees) || range.length !== 2) continue;
    const [from, to] = range as unknown[];
    if (!isSequence(from) || !isSequence(to) || from > to) continue;
    const subtrees = value.subtrees.map((hash) =>
      typeof hash === 'string' ? decodeBase64(hash, HASH_BYTES) : null,
    );
    if (!subtrees.every((hash) => hash !== null) || subtrees.length !== subtreesOf(from - 1, to).length)
      continue;
    return { kind: 'gap', gap: { reason, from, to, subtrees } };
  }
  return MALFORMED;
}

function isSequence(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
