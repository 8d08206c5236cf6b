import { EMPTY_ROOT, nodeHash } from './merkle-tree.js';

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

/**
 * The right edge of a growing tree: the hashes of the full subtrees covering all its leaves, largest first.
 * It is all that is needed to append further leaves and to know the root; at most 53 hashes, so memory is
 * constant whatever the size.
 */
export class Frontier {
  readonly #hashes: Uint8Array[] = [];
  #size = 0;

  /** Number of leaves. */
  get size(): number {
    return this.#size;
  }

  /**
   * Appends a full subtree of 2^level leaves by its hash alone.
   * @throws RangeError if a full subtree of that level cannot start at the present size.
   */
  appendSubtree(level: number, hash: Uint8Array): void {
    let index = this.#size / 2 ** level;
    if (!Number.isInteger(index)) throw new RangeError('No full subtree of that level starts here.');
    let node = hash;
    for (; index % 2 === 1; index = (index - 1) / 2) node = nodeHash(this.#hashes.pop()!, node);
    this.#hashes.push(node);
    this.#size += 2 ** level;
  }

  root(): Buffer {
    return this.#hashes.length === 0 ? EMPTY_ROOT : foldSubtrees(this.#hashes);
  }
}
