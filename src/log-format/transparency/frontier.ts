import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './merkle-tree.js';
import { foldSubtrees, subtreesOf } from './subtrees.js';

/**
 * The right edge of a growing tree: the hashes of the full subtrees covering all its leaves, largest first.
 * It is all that is needed to append further leaves and to know the root; at most 53 hashes, so memory is
 * constant whatever the size.
 */
export class Frontier {
  readonly #hashes: Uint8Array[];
  #size: number;

  /** Continues at `size` from the hashes of `subtreesOf(0, size)`. @throws RangeError if their number is wrong. */
  constructor(size = 0, hashes: readonly Uint8Array[] = []) {
    if (subtreesOf(0, size).length !== hashes.length || hashes.some((hash) => hash.length !== HASH_BYTES)) {
      throw new RangeError('The frontier does not fit the tree size.');
    }
    this.#size = size;
    this.#hashes = [...hashes];
  }

  /** Number of leaves. */
  get size(): number {
    return this.#size;
  }

  /** A copy that a constructor can continue from. */
  get hashes(): Uint8Array[] {
    return [...this.#hashes];
  }

  append(leaf: Uint8Array): void {
    this.appendSubtree(0, leaf);
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
