import { leafHash, merkleRoot } from '../../../src/log-format/transparency/merkle-tree.js';
import {
  consistencyProof,
  inclusionProof,
  readRoot,
} from '../../../src/log-format/transparency/proof-generation.js';
import { consistencyHolds, inclusionHolds } from '../../../src/log-format/transparency/proof-verification.js';
import type { NodeReader } from '../../../src/log-format/transparency/subtrees.js';
import { naivePath, naiveRoot, naiveSubproof } from './naive-tree.js';

const SIZE = 130;
const entries = Array.from({ length: SIZE }, (_, i) => Buffer.from([i, i * 7]));
const leaves = entries.map((entry) => leafHash(entry));
const roots = Array.from({ length: SIZE + 1 }, (_, size) => naiveRoot(entries.slice(0, size)));
const read: NodeReader = (ids) =>
  Promise.resolve(
    ids.map(({ level, index }) => merkleRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))),
  );

const sizes = Array.from({ length: SIZE }, (_, i) => i + 1);
const flipped = (hash: Uint8Array): Buffer => Buffer.from(hash.map((byte, i) => (i === 5 ? byte ^ 1 : byte)));

describe('inclusion proof', () => {
  it('is the path of RFC 6962 for every leaf of every size, and verifies', async () => {
    for (const size of sizes) {
      const root = await readRoot(read, size);
      expect(root).toEqual(roots[size]);
      for (let leafIndex = 0; leafIndex < size; leafIndex += 1) {
        const proof = await inclusionProof(read, leafIndex, size);
        if (size < 24 || size > 128) expect(proof).toEqual(naivePath(leafIndex, entries.slice(0, size)));
        expect(inclusionHolds({ leafIndex, size, leaf: leaves[leafIndex]!, proof, root })).toBe(true);
      }
    }
  });

  it('does not verify for another leaf, index, size, root or proof', async () => {
    for (const size of [1, 2, 3, 7, 8, 9, 37, 64, 100]) {
      for (let leafIndex = 0; leafIndex < size; leafIndex += 1) {
        const proof = await inclusionProof(read, leafIndex, size);
        const claim = { leafIndex, size, leaf: leaves[leafIndex]!, proof, root: roots[size]! };
        const forged = [
          { ...claim, leaf: flipped(claim.leaf) },
          { ...claim, root: flipped(claim.root) },
          { ...claim, leafIndex: (leafIndex + 1) % size, ...(size === 1 ? { leafIndex: 1 } : {}) },
          { ...claim, leafIndex: size },
          { ...claim, leafIndex: -1 },
          { ...claim, leafIndex: leafIndex + 0.5 },
          { ...claim, size: 2 * size },
          { ...claim, proof: [...proof, claim.root] },
          { ...claim, proof: [Buffer.alloc(31), ...proof] },
          ...proof.map((hash, i) => ({ ...claim, proof: proof.with(i, flipped(hash)) })),
          ...proof.map((_, i) => ({ ...claim, proof: proof.toSpliced(i, 1) })),
        ];
        for (const claimed of forged) expect(inclusionHolds(claimed)).toBe(false);
      }
    }
  });

  it('is refused for a leaf outside the tree', async () => {
    await expect(inclusionProof(read, 5, 5)).rejects.toThrow(RangeError);
    await expect(inclusionProof(read, -1, 5)).rejects.toThrow(RangeError);
  });
});

describe('consistency proof', () => {
  it('is that of RFC 6962 between any two sizes, and verifies', async () => {
    for (const newSize of sizes) {
      for (let oldSize = 1; oldSize <= newSize; oldSize += 1) {
        const proof = await consistencyProof(read, oldSize, newSize);
        if (newSize < 24 || newSize > 128)
          expect(proof).toEqual(naiveSubproof(oldSize, entries.slice(0, newSize)));
        const claim = { oldSize, newSize, oldRoot: roots[oldSize]!, newRoot: roots[newSize]!, proof };
        expect(consistencyHolds(claim)).toBe(true);
      }
    }
  });

  it('does not verify between forks, other sizes or with other hashes', async () => {
    for (const newSize of [2, 3, 7, 8, 9, 37, 64, 100]) {
      for (let oldSize = 1; oldSize < newSize; oldSize += 1) {
        const proof = await consistencyProof(read, oldSize, newSize);
        const claim = { oldSize, newSize, oldRoot: roots[oldSize]!, newRoot: roots[newSize]!, proof };
        const forged = [
          { ...claim, oldRoot: flipped(claim.oldRoot) },
          { ...claim, newRoot: flipped(claim.newRoot) },
          { ...claim, oldSize: newSize, newSize: oldSize },
          { ...claim, newSize: 2 * newSize },
          { ...claim, proof: [] },
          { ...claim, proof: [...proof, claim.newRoot] },
          ...proof.map((hash, i) => ({ ...claim, proof: proof.with(i, flipped(hash)) })),
        ];
        for (const claimed of forged) expect(consistencyHolds(claimed)).toBe(false);
      }
    }
  });

  it('needs no hashes from the empty tree or between equal sizes, but equal roots', () => {
    const claim = { oldSize: 0, newSize: 5, oldRoot: roots[0]!, newRoot: roots[5]!, proof: [] };
    expect(consistencyHolds(claim)).toBe(true);
    expect(consistencyHolds({ ...claim, oldRoot: roots[1]! })).toBe(false);
    expect(consistencyHolds({ ...claim, oldSize: 5 })).toBe(false);
    expect(consistencyHolds({ ...claim, oldSize: 5, oldRoot: roots[5]! })).toBe(true);
  });
});
