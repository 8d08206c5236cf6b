import { leafHash, merkleRoot } from '../../../src/log-format/transparency/merkle-tree.js';
import { ProvenTiles } from '../../../src/audit/proofs/proven-tiles.js';
import { extendTiles, type TileReader } from '../../../src/log-format/transparency/tiles.js';

const SIZE = 66_000;
const leaves = Array.from({ length: SIZE }, (_, i) => leafHash(`entry ${i}`));
const root = merkleRoot(leaves);
const tree = { size: SIZE, root };

/** The stored tiles of the log, as somebody has left them, and how often they were read. */
class Store {
  readonly tiles = new Map<string, Buffer>();
  reads = 0;

  constructor(size = SIZE) {
    for (const { level, index, bytes } of extendTiles(0, leaves.slice(0, size), []))
      this.tiles.set(`${level}/${index}`, Buffer.from(bytes));
  }

  readonly read: TileReader = (ids) => {
    this.reads += 1;
    return Promise.resolve(
      ids.map(({ level, index }) => this.tiles.get(`${level}/${index}`) ?? Buffer.alloc(0)),
    );
  };

  change(key: string, at: number): void {
    const tile = this.tiles.get(key)!;
    tile[at * 32]! ^= 1;
  }
}

const scattered = Array.from({ length: 200 }, (_, i) => (i * 7919) % SIZE);

describe('leaves out of tiles that nobody has to believe', () => {
  it('of a page are proven with one read for each level, and with none when they are asked for again', async () => {
    const store = new Store();
    const proven = new ProvenTiles();
    expect(await proven.leaves(tree, scattered, store.read)).toEqual(scattered.map((index) => leaves[index]));
    // The edge of all levels, the full tile of level 1, those of level 0.
    expect(store.reads).toBe(3);
    expect(await proven.leaves(tree, scattered, store.read)).toEqual(scattered.map((index) => leaves[index]));
    expect(store.reads).toBe(3);
  });

  it.each([1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537])('are right at size %i', async (size) => {
    const store = new Store(size);
    const indexes = [...new Set([0, size >> 1, size - 1])];
    const found = await new ProvenTiles().leaves(
      { size, root: merkleRoot(leaves.slice(0, size)) },
      indexes,
      store.read,
    );
    expect(found).toEqual(indexes.map((index) => leaves[index]));
  });

  it('are right at an earlier size than what is stored', async () => {
    const earlier = { size: 300, root: merkleRoot(leaves.slice(0, 300)) };
    expect(await new ProvenTiles().leaves(earlier, [0, 299], new Store(310).read)).toEqual([
      leaves[0],
      leaves[299],
    ]);
  });

  it('of a changed tile are none, and those of other tiles are told', async () => {
    const store = new Store();
    store.change('0/3', 200);
    const found = await new ProvenTiles().leaves(tree, [255, 768, 1023, 1024], store.read);
    expect(found).toEqual([leaves[255], null, null, leaves[1024]]);
  });

  it.each([
    ['a tile above', '1/0', 3],
    ['the edge', '0/257', 0],
    ['the edge of a level above', '1/1', 0],
  ])('are none under %s that was changed, whatever they hash to', async (_, key, at) => {
    const store = new Store();
    store.change(key, at);
    expect(await new ProvenTiles().leaves(tree, [770], store.read)).toEqual([null]);
  });

  it('are none where a tile and the one above it were changed together', async () => {
    const store = new Store();
    store.change('0/3', 2);
    merkleRoot(split(store.tiles.get('0/3')!)).copy(store.tiles.get('1/0')!, 3 * 32);
    expect(await new ProvenTiles().leaves(tree, [770], store.read)).toEqual([null]);
  });

  it('are none where a tile is gone or cut', async () => {
    const store = new Store();
    store.tiles.delete('0/3');
    store.tiles.set('0/4', store.tiles.get('0/4')!.subarray(0, 64));
    const found = await new ProvenTiles().leaves(tree, [770, 1024, 1300], store.read);
    expect(found).toEqual([null, null, leaves[1300]]);
  });

  it('of one tree are not those of another of the same size', async () => {
    const store = new Store();
    const proven = new ProvenTiles();
    await proven.leaves(tree, [0], store.read);
    expect(await proven.leaves({ size: SIZE, root: leaves[0]! }, [0], store.read)).toEqual([null]);
  });

  it('beyond the tree are refused', async () => {
    await expect(new ProvenTiles().leaves(tree, [SIZE], new Store().read)).rejects.toThrow(RangeError);
  });
});

function split(tile: Buffer): Buffer[] {
  return Array.from({ length: tile.length / 32 }, (_, i) => tile.subarray(i * 32, (i + 1) * 32));
}
