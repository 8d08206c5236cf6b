import { EMPTY_ROOT } from './merkle-tree.js';
import { foldSubtrees, subtreesOf, type NodeId, type NodeReader } from './subtrees.js';

/** The leaves [begin, end). */
type LeafRange = [begin: number, end: number];

/** The root at `size`, which may be any earlier size too. */
export async function readRoot(read: NodeReader, size: number): Promise<Buffer> {
  if (size === 0) return EMPTY_ROOT;
  return (await readRanges(read, [[0, size]]))[0]!;
}

/**
 * The inclusion proof of a leaf in the tree of `size` leaves, from its sibling up (RFC 6962 §2.1.1).
 * @throws RangeError unless 0 <= leafIndex < size.
 */
export async function inclusionProof(read: NodeReader, leafIndex: number, size: number): Promise<Buffer[]> {
  return readRanges(read, inclusionPath(leafIndex, size));
}

/** The same with the hash of the leaf itself, in one read. @throws RangeError unless 0 <= leafIndex < size. */
export async function inclusionProofWithLeaf(
  read: NodeReader,
  leafIndex: number,
  size: number,
): Promise<[proof: Buffer[], leaf: Buffer]> {
  const path = inclusionPath(leafIndex, size);
  const [leaf, ...proof] = await readRanges(read, [[leafIndex, leafIndex + 1], ...path]);
  return [proof, leaf as Buffer];
}

/** What the siblings on the way from the leaf to the root cover. */
function inclusionPath(leafIndex: number, size: number): LeafRange[] {
  if (!(leafIndex >= 0 && leafIndex < size)) throw new RangeError('The leaf is not in the tree.');
  return wayTo(
    size,
    (begin, end) => end - begin === 1,
    (split) => leafIndex < split,
  ).path;
}

/** The subtree that is reached from the root of `size` leaves, and what its siblings on the way cover, from its own up. */
function wayTo(
  size: number,
  isReached: (begin: number, end: number) => boolean,
  isOnTheLeft: (split: number) => boolean,
): { path: LeafRange[]; reached: LeafRange } {
  const path: LeafRange[] = [];
  let [begin, end] = [0, size];
  while (!isReached(begin, end)) {
    const split = begin + largestPowerOfTwoBelow(end - begin);
    const isLeft = isOnTheLeft(split);
    path.unshift(isLeft ? [split, end] : [begin, split]);
    [begin, end] = isLeft ? [begin, split] : [split, end];
  }
  return { path, reached: [begin, end] };
}

/**
 * The proof that the tree of `oldSize` leaves is a prefix of the tree of `newSize` (RFC 6962 §2.1.2). Empty
 * when the sizes are equal. @throws RangeError unless 0 < oldSize <= newSize: nothing proves the empty tree.
 */
export async function consistencyProof(
  read: NodeReader,
  oldSize: number,
  newSize: number,
): Promise<Buffer[]> {
  if (!(oldSize > 0 && oldSize <= newSize))
    throw new RangeError('The old size lies between 1 and the new size.');
  const { path, reached } = wayTo(
    newSize,
    (_, end) => end === oldSize,
    (split) => oldSize <= split,
  );
  // The old root itself is known to the reader of the proof.
  return readRanges(read, reached[0] === 0 ? path : [reached, ...path]);
}

/** The hashes of {@link subtreesOf}(begin, end): what an export carries for leaves it does not show. */
export async function readSubtrees(read: NodeReader, begin: number, end: number): Promise<Buffer[]> {
  const ids = subtreesOf(begin, end);
  return ids.length === 0 ? [] : (await read(ids)).map((hash) => Buffer.from(hash));
}

async function readRanges(read: NodeReader, ranges: readonly LeafRange[]): Promise<Buffer[]> {
  if (ranges.length === 0) return [];
  const covers: NodeId[][] = ranges.map(([begin, end]) => subtreesOf(begin, end));
  const hashes = await read(covers.flat());
  let at = 0;
  return covers.map((cover) => foldSubtrees(hashes.slice(at, (at += cover.length))));
}

function largestPowerOfTwoBelow(width: number): number {
  let power = 1;
  while (power * 2 < width) power *= 2;
  return power;
}
