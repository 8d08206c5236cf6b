import { openCheckpoint, type Checkpoint } from './checkpoint.js';
import { decodeBase64, HASH_BYTES } from './merkle-tree.js';
import type { PublicNoteKey } from './note-key.js';
import { inclusionHolds } from './proof-verification.js';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';

/** The file's media type; the recommended extension is `.tlog-proof`. */
export const TLOG_PROOF_CONTENT_TYPE = 'text/plain; charset=utf-8';

/** The parts of a proof file that an event is in a log (C2SP tlog-proof). */
interface TlogProof {
  /** Opaque and not authenticated by anything; null for none. */
  extra: Uint8Array | null;
  /** Zero-based: the event's sequence - 1. */
  leafIndex: number;
  /** From the leaf's sibling up to a child of the root. */
  hashes: Uint8Array[];
  /** The signed note, verbatim. */
  checkpoint: string;
}

/** The text of a proof file. */
export function formatTlogProof({ extra, leafIndex, hashes, checkpoint }: TlogProof): string {
  const lines = [FIRST_LINE];
  if (extra !== null) lines.push(`extra ${base64(extra)}`);
  lines.push(`index ${leafIndex}`, ...hashes.map(base64), '', checkpoint);
  return lines.join('\n');
}

/** @throws TypeError if the text is not a proof file. */
export function parseTlogProof(text: string): TlogProof {
  const split = text.indexOf('\n\n');
  const lines = text.slice(0, Math.max(split, 0)).split('\n');
  if (lines.shift() !== FIRST_LINE) throw malformed();
  const extra = lines[0]?.startsWith('extra ')
    ? decodeBase64(lines.shift()!.slice('extra '.length))
    : undefined;
  const [, index] = /^index (0|[1-9][0-9]*)$/.exec(lines.shift() ?? '') ?? [];
  const leafIndex = Number(index);
  const hashes = lines.map((line) => decodeBase64(line, HASH_BYTES));
  if (extra === null || !Number.isSafeInteger(leafIndex)) throw malformed();
  if (!hashes.every((hash) => hash !== null)) throw malformed();
  return { extra: extra ?? null, leafIndex, hashes, checkpoint: text.slice(split + 2) };
}

/**
 * The checkpoint under which the proof shows the leaf, or null if the proof does not show it.
 * @throws TypeError if the text is no proof file, UntrustedNote if its checkpoint is not to be believed.
 */
export function verifyTlogProof(
  text: string,
  leaf: Uint8Array,
  keys: readonly PublicNoteKey[],
): Checkpoint | null {
  const { leafIndex, hashes, checkpoint: note } = parseTlogProof(text);
  const checkpoint = openCheckpoint(note, keys);
  const { size, root } = checkpoint;
  return inclusionHolds({ leafIndex, size, leaf, proof: hashes, root }) ? checkpoint : null;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function malformed(): TypeError {
  return new TypeError('Not a transparency log proof.');
}
