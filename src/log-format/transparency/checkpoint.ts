import { decodeBase64, HASH_BYTES } from './merkle-tree.js';
import type { PublicNoteKey } from './note-key.js';
import { openNote, parseNote, UntrustedNote } from './signed-note.js';

/** The head of one log at one size (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Names the log; see {@link originOf}. */
  origin: string;
  /** Number of events; the last one has this sequence. */
  size: number;
  root: Uint8Array;
}

/**
 * The origin of the log of a business, or with null of the platform's own: also the name of the key that
 * signs it, so that a verifier key in note notation is good for that one log only.
 */
export function originOf(logName: string, businessId: string | null): string {
  return `${logName}/${businessId ?? 'platform'}`;
}

/** Whether an origin is one that {@link originOf} gives for the business, under any log name. */
export function isOriginOf(origin: string, businessId: string | null): boolean {
  const end = originOf('', businessId);
  return origin.endsWith(end) && origin.length > end.length;
}

/**
 * The checkpoint in a note, signed by one of the keys under the origin's own name. Further signatures and
 * extension lines are tolerated. @throws UntrustedNote
 */
export function openCheckpoint(note: string, keys: readonly PublicNoteKey[]): Checkpoint {
  const { text, signers } = openNote(note, keys);
  const checkpoint = parseBody(text);
  // Else a key of one log could speak for another: a note signed by X that claims the origin Y.
  if (!signers.includes(checkpoint.origin)) {
    throw new UntrustedNote('unknown_key', 'The checkpoint is not signed by the log that it names.');
  }
  return checkpoint;
}

/** The checkpoint in a note whose signatures were not looked at. @throws UntrustedNote */
export function readCheckpoint(note: string): Checkpoint {
  return parseBody(parseNote(note).text);
}

/** The text that is signed: origin, size, root, a line each. */
export function bodyOf({ origin, size, root }: Checkpoint): string {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError('The size is a whole number.');
  if (root.length !== HASH_BYTES) throw new RangeError('The root has 32 bytes.');
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

function parseBody(text: string): Checkpoint {
  const [origin = '', size = '', encodedRoot = '', ...extensions] = text.slice(0, -1).split('\n');
  const root = decodeBase64(encodedRoot, HASH_BYTES);
  const sizeIsDecimal = /^(0|[1-9][0-9]*)$/.test(size) && Number.isSafeInteger(Number(size));
  if (origin === '' || !sizeIsDecimal || root === null || extensions.includes('')) {
    throw new UntrustedNote('malformed', 'The note is not a checkpoint.');
  }
  return { origin, size: Number(size), root };
}

/** Where a witness tells how far it knows the log (C2SP tlog-witness). */
export const TREE_SIZE_CONTENT_TYPE = 'text/x.tlog.size';

const PROOF_LINES_MAX = 63;

/** What a witness is asked: to go on from a size that it knows to a checkpoint (C2SP tlog-witness, `add-checkpoint`). */
interface AddCheckpoint {
  oldSize: number;
  /** That the tree of the old size is the beginning of that of the checkpoint (RFC 6962 §2.1.2). */
  proof: readonly Uint8Array[];
  /** The signed note, verbatim. */
  note: string;
}

export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  const hashes = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
  return `old ${oldSize}\n${hashes.join('')}\n${note}`;
}

/** Null: the body is none. */
export function parseAddCheckpoint(body: string): AddCheckpoint | null {
  const split = body.indexOf('\n\n');
  const [old = '', ...lines] = body.slice(0, Math.max(split, 0)).split('\n');
  const oldSize = old.startsWith('old ') ? treeSizeOf(old.slice('old '.length)) : null;
  const proof = lines.map((line) => decodeBase64(line, HASH_BYTES));
  if (oldSize === null || proof.length > PROOF_LINES_MAX || !proof.every((hash) => hash !== null))
    return null;
  return { oldSize, proof, note: body.slice(split + 2) };
}

/** A size in decimal without leading zeroes; null for anything else. */
export function treeSizeOf(text: string): number | null {
  return /^(0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null;
}
