import { Frontier, subtreesOf } from '../../../src/log-format/transparency/subtrees.js';
import { leafHash, merkleRoot } from '../../../src/log-format/transparency/merkle-tree.js';
import {
  consistencyProof,
  inclusionProof,
  readRoot,
  readSubtrees,
} from '../../../src/log-format/transparency/proof-generation.js';
import { consistencyHolds, inclusionHolds } from '../../../src/log-format/transparency/proof-verification.js';
import {
  edgeTiles,
  extendTiles,
  nodeReaderOf,
  type TileReader,
} from '../../../src/log-format/transparency/tiles.js';
import { seededRandom } from './random-event.js';

/** A tile store that grows only as extendTiles says. */
class Store {
  readonly tiles = new Map<string, Uint8Array>();
  size = 0;
  calls = 0;

  append(leaves: Uint8Array[]): void {
    const edge = edgeTiles(this.size).map((tile) =>
      tile === null ? new Uint8Array() : this.tiles.get(`${tile.level}/${tile.index}`)!,
    );
    for (const { level, index, width, bytes } of extendTiles(this.size, leaves, edge)) {
      expect(bytes.length).toBe(32 * width);
      this.tiles.set(`${level}/${index}`, bytes);
    }
    this.size += leaves.length;
  }

  readonly readTiles: TileReader = (ids) => {
    this.calls += 1;
    return Promise.resolve(
      ids.map(({ level, index, width }) => {
        const bytes = this.tiles.get(`${level}/${index}`);
        if (bytes === undefined || bytes.length < 32 * width) throw new Error('not stored yet');
        return bytes;
      }),
    );
  };
}

const leaves = Array.from({ length: 70_000 }, (_, i) => leafHash(`entry ${i}`));

describe('tiles', () => {
  it('keep every root and proof of every size up to 600, each with one read', async () => {
    const store = new Store();
    const read = nodeReaderOf(store.readTiles);
    for (let size = 1; size <= 600; size += 1) {
      store.append([leaves[size - 1]!]);
      expect(await readRoot(read, size)).toEqual(merkleRoot(leaves.slice(0, size)));
    }
    for (const size of [1, 2, 255, 256, 257, 511, 512, 513, 600]) {
      const root = merkleRoot(leaves.slice(0, size));
      for (let leafIndex = 0; leafIndex < size; leafIndex += 17) {
        store.calls = 0;
        const proof = await inclusionProof(read, leafIndex, size);
        expect(store.calls).toBeLessThanOrEqual(1);
        expect(inclusionHolds({ leafIndex, size, leaf: leaves[leafIndex]!, proof, root })).toBe(true);
      }
    }
  });

  it('grow by batches of any size, over three levels, under 33 bytes per event', async () => {
    const random = seededRandom(7);
    const store = new Store();
    const read = nodeReaderOf(store.readTiles);
    const frontier = new Frontier();
    const kept: { size: number; root: Buffer }[] = [];
    while (store.size < leaves.length) {
      const batch = leaves.slice(store.size, store.size + 1 + Math.floor(random() ** 3 * 6000));
      store.append(batch);
      for (const leaf of batch) frontier.appendSubtree(0, leaf);
      kept.push({ size: store.size, root: frontier.root() });
      expect(await readRoot(read, store.size)).toEqual(frontier.root());
    }
    const { size: newSize, root: newRoot } = kept.at(-1)!;
    for (const { size: oldSize, root: oldRoot } of kept) {
      const proof = await consistencyProof(read, oldSize, newSize);
      expect(consistencyHolds({ oldSize, newSize, oldRoot, newRoot, proof })).toBe(true);
      const leafIndex = Math.floor(random() * oldSize);
      const path = await inclusionProof(read, leafIndex, oldSize);
      expect(
        inclusionHolds({ leafIndex, size: oldSize, leaf: leaves[leafIndex]!, proof: path, root: oldRoot }),
      ).toBe(true);
    }
    const stored = [...store.tiles.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    expect(stored / newSize).toBeLessThan(33);
  });

  it('give the subtree hashes of any range of leaves', async () => {
    const store = new Store();
    store.append(leaves.slice(0, 1000));
    const read = nodeReaderOf(store.readTiles);
    for (const [begin, end] of [
      [0, 1000],
      [3, 700],
      [255, 257],
      [256, 512],
      [9, 9],
    ] as const) {
      const hashes = await readSubtrees(read, begin, end);
      expect(hashes).toEqual(
        subtreesOf(begin, end).map(({ level, index }) =>
          merkleRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
        ),
      );
    }
  });

  it('refuse an edge that does not fit the size, and a stored tile that is too short', async () => {
    expect(() => extendTiles(3, [leaves[3]!], [])).toThrow(RangeError);
    const read = nodeReaderOf(() => Promise.resolve([leaves[0]!]));
    await expect(readRoot(read, 2)).rejects.toThrow(RangeError);
  });
});
