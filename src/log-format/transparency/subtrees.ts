import { nodeHash } from './merkle-tree.js';

/**
 * A node over a full subtree of 2^level leaves, the index-th of its level from the left. Its hash never changes
 * once those leaves exist, so full nodes are all that has to be stored.
 */
export interface NodeId {
  level: number;
  index: number;
}

/** Reads the hashes of full nodes, in the order asked for; one call per proof, so one query is enough. */
export type NodeReader = (ids: readonly NodeId[]) => Promise<Uint8Array[]>;

/**
 * The fewest full subtrees that cover the leaves [begin, end), from left to right (a "compact range").
 * At most 2·log2(end) of them; for begin 0 one per bit of `end`, largest first.
 */
export function subtreesOf(begin: number, end: number): NodeId[] {
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end) || begin < 0 || begin > end) {
    throw new RangeError('A leaf range is two whole numbers, the first not above the second.');
  }
  const ids: NodeId[] = [];
  let at = begin;
  while (at < end) {
    let level = 0;
    let width = 1;
    // Plain arithmetic: bit operators would cut sizes off at 32 bits.
    while (at % (width * 2) === 0 && at + width * 2 <= end) {
      width *= 2;
      level += 1;
    }
    ids.push({ level, index: at / width });
    at += width;
  }
  return ids;
}

/**
 * The hash over adjacent subtrees of descending size: how RFC 6962 hashes a range that starts at a multiple
 * of its own width. @throws RangeError for none.
 */
export function foldSubtrees(hashes: readonly Uint8Array[]): Buffer {
  const last = hashes.at(-1);
  if (last === undefined) throw new RangeError('Nothing to fold.');
  let folded: Buffer = Buffer.from(last);
  for (let i = hashes.length - 2; i >= 0; i -= 1) folded = nodeHash(hashes[i]!, folded);
  return folded;
}
