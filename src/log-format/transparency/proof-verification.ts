import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './merkle-tree.js';

interface InclusionClaim {
  leafIndex: number;
  size: number;
  leaf: Uint8Array;
  proof: readonly Uint8Array[];
  root: Uint8Array;
}

/** Whether the proof shows the leaf at its index under the root (RFC 9162 §2.1.3.2). Never throws. */
export function inclusionHolds({ leafIndex, size, leaf, proof, root }: InclusionClaim): boolean {
  if (!areSizes(leafIndex, size) || leafIndex >= size || !areHashes([leaf, root, ...proof])) return false;
  let hash: Uint8Array = leaf;
  const reachesTop = climb(leafIndex, size - 1, proof, (sibling, isLeft) => {
    hash = isLeft ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  });
  return reachesTop && equal(hash, root);
}

/**
 * Goes from node `fn` of a level whose last is `sn` up to the root, and is told of each sibling whether it stands on the left.
 * @returns false: there are not as many siblings on the way
 */
function climb(
  fn: number,
  sn: number,
  siblings: readonly Uint8Array[],
  take: (sibling: Uint8Array, isLeft: boolean) => void,
): boolean {
  for (const sibling of siblings) {
    if (sn === 0) return false;
    const isLeft = fn % 2 === 1 || fn === sn;
    take(sibling, isLeft);
    while (isLeft && fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0;
}

interface ConsistencyClaim {
  oldSize: number;
  newSize: number;
  oldRoot: Uint8Array;
  newRoot: Uint8Array;
  proof: readonly Uint8Array[];
}

/**
 * Whether the proof shows that the old tree is a prefix of the new one (RFC 9162 §2.1.4.2). Equal sizes need
 * equal roots and an empty proof; so does the empty tree, which is a prefix of every tree. Never throws.
 */
export function consistencyHolds({ oldSize, newSize, oldRoot, newRoot, proof }: ConsistencyClaim): boolean {
  if (!areSizes(oldSize, newSize) || oldSize > newSize || !areHashes([oldRoot, newRoot, ...proof]))
    return false;
  if (oldSize === newSize) return proof.length === 0 && equal(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0 && equal(oldRoot, EMPTY_ROOT);
  if (proof.length === 0) return false;
  let [fn, sn] = [oldSize - 1, newSize - 1];
  while (fn % 2 === 1) [fn, sn] = [(fn - 1) / 2, Math.floor(sn / 2)];
  // The root of a full old tree is itself the first hash, so the proof leaves it out.
  const [seed, ...rest] = fn === 0 ? [oldRoot, ...proof] : proof;
  let [oldHash, newHash] = [seed!, seed!];
  const reachesTop = climb(fn, sn, rest, (sibling, isLeft) => {
    if (isLeft) oldHash = nodeHash(sibling, oldHash);
    newHash = isLeft ? nodeHash(sibling, newHash) : nodeHash(newHash, sibling);
  });
  return reachesTop && equal(oldHash, oldRoot) && equal(newHash, newRoot);
}

function areSizes(...sizes: number[]): boolean {
  return sizes.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
