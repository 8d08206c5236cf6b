import { nodeHash } from './merkle-tree.js';
import type { NodeReader } from './subtrees.js';

/** Reads the full nodes of a tree whose leaves are all at hand; each was hashed once, however many proofs are made. */
export function nodeReaderOfLeaves(leaves: readonly Uint8Array[]): NodeReader {
  const levels: (readonly Uint8Array[])[] = [leaves];
  for (let row = leaves; row.length > 1; levels.push(row)) {
    const below = row;
    row = Array.from({ length: Math.floor(below.length / 2) }, (_, i) =>
      nodeHash(below[2 * i] as Uint8Array, below[2 * i + 1] as Uint8Array),
    );
  }
  return (ids) =>
    Promise.resolve(
      ids.map(({ level, index }) => {
        const hash = levels[level]?.[index];
        if (hash === undefined) throw new RangeError('The node is not in the tree.');
        return hash;
      }),
    );
}
