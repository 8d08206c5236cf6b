import { sha256, zeroAndTextHash } from './platform.js';

/** The root of the empty tree: SHA-256 of nothing (RFC 6962 §2.1). */
export const EMPTY_ROOT: Buffer = sha256(new Uint8Array());

/** Bytes of every hash in the tree. */
export const HASH_BYTES = 32;

/** SHA-256(0x00 ‖ entry) (RFC 6962 §2.1). A string is taken as UTF-8. */
export function leafHash(entry: string | Uint8Array): Buffer {
  if (typeof entry === 'string') return Buffer.from(zeroAndTextHash(entry, 'binary'), 'binary');
  const input = Buffer.allocUnsafe(entry.length + 1);
  input[0] = 0x00;
  input.set(entry, 1);
  return sha256(input);
}

/** {@link leafHash} of a UTF-8 text as base64: the form that exports carry and the verifier compares. */
export function leafHashBase64(entry: string): string {
  return zeroAndTextHash(entry, 'base64');
}

const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, 0x01);

/** SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1). @throws RangeError unless both are 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES)
    throw new RangeError('A node hash has 32 bytes.');
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/** The Merkle tree hash of a list of leaf hashes. */
export function merkleRoot(leafHashes: readonly Uint8Array[]): Buffer {
  if (leafHashes.length === 0) return EMPTY_ROOT;
  let row: Buffer[] = leafHashes.map((leaf) => Buffer.from(leaf));
  while (row.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i + 1 < row.length; i += 2) above.push(nodeHash(row[i]!, row[i + 1]!));
    // An unpaired last node moves up unchanged; that yields RFC 6962's split at the largest power of two.
    if (row.length % 2 === 1) above.push(row.at(-1)!);
    row = above;
  }
  return row[0]!;
}

/**
 * Decodes standard base64 (RFC 4648 §4) that is written in the one canonical way; null for anything else, so
 * that no two texts mean the same bytes.
 */
export function decodeBase64(text: string, bytes?: number): Buffer | null {
  const decoded = Buffer.from(text, 'base64');
  if (decoded.toString('base64') !== text) return null;
  return bytes === undefined || decoded.length === bytes ? decoded : null;
}
