import { HASH_BYTES } from './merkle-tree.js';
import { decodeBase64 } from './strict-base64.js';

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
