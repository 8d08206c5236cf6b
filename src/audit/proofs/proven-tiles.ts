import { setImmediate } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { HASH_BYTES, merkleRoot } from '../../log-format/transparency/merkle-tree.js';
import { readRoot } from '../../log-format/transparency/proof-generation.js';
import {
  edgeTiles,
  hashesIn,
  nodeReaderOf,
  TILE_WIDTH,
  type TileId,
  type TileReader,
} from '../../log-format/transparency/tiles.js';

/** Full tiles of 8 kB. */
const TILES_MAX = 1024;
/** The edges of so many trees, of a tile a level each. */
const EDGES_MAX = 128;
/** Hashing one tile takes some 0.2 ms. */
const TILES_A_TURN = 16;

/** The unfinished tile of each level, by level; none where a level ends on a tile's border. */
type Edge = readonly (Uint8Array | null)[];

/**
 * Reads leaves out of stored tiles that nobody has to believe: a tile counts once the tiles above it lead from its hash
 * to the root. Many leaves share tiles, so that those of a page cost little more than one. Proven tiles are remembered
 * by their hash, which is good for every tree.
 */
export class ProvenTiles {
  private readonly full = new LRUCache<string, Uint8Array>({ max: TILES_MAX });
  private readonly edges = new LRUCache<string, Edge>({ max: EDGES_MAX });

  /**
   * The leaf hashes at the indexes, in their order; null for each that the tiles do not lead to.
   * At most one read for each level of tiles, of all tiles that are wanted there.
   * @throws RangeError unless each index is below the size
   */
  async leaves(
    tree: { size: number; root: Uint8Array },
    indexes: readonly number[],
    read: TileReader,
  ): Promise<(Buffer | null)[]> {
    if (indexes.some((index) => !(index >= 0 && index < tree.size)))
      throw new RangeError('The leaf is not in the tree.');
    if (indexes.length === 0) return [];
    const edge = await this.edgeOf(tree, read);
    if (edge === null) return indexes.map(() => null);
    const wanted = [new Set(indexes.map((index) => Math.floor(index / TILE_WIDTH)))];
    for (let level = 1; level < edge.length; level += 1) {
      const below = wanted[level - 1] as Set<number>;
      wanted.push(new Set([...below].map((number) => Math.floor(number / TILE_WIDTH))));
    }
    let above: ReadonlyMap<number, Uint8Array> = new Map();
    for (let level = edge.length - 1; level >= 0; level -= 1) {
      const whole = Math.floor(tree.size / TILE_WIDTH ** (level + 1));
      above = await this.provenAt(level, wanted[level] as Set<number>, { edge, whole, above, read });
    }
    return indexes.map((index) => hashAt(above, index));
  }

  /** The tiles of one level that are proven, by their number. @param place.whole how many of that level are full */
  private async provenAt(
    level: number,
    numbers: ReadonlySet<number>,
    {
      edge,
      whole,
      above,
      read,
    }: { edge: Edge; whole: number; above: ReadonlyMap<number, Uint8Array>; read: TileReader },
  ): Promise<Map<number, Uint8Array>> {
    const proven = new Map<number, Uint8Array>();
    const missing: { tile: TileId; hash: Buffer }[] = [];
    for (const number of numbers) {
      const open = number < whole ? null : edge[level];
      const hash = hashAt(above, number);
      const known = open ?? (hash === null ? undefined : this.full.get(hash.toString('base64')));
      if (known !== undefined) proven.set(number, known);
      else if (hash !== null) missing.push({ tile: { level, index: number, width: TILE_WIDTH }, hash });
    }
    if (missing.length === 0) return proven;
    const contents = await read(missing.map(({ tile }) => tile));
    for (const [at, { tile, hash }] of missing.entries()) {
      if (at % TILES_A_TURN === TILES_A_TURN - 1) await setImmediate();
      const bytes = contents[at] as Uint8Array;
      if (bytes.length !== TILE_WIDTH * HASH_BYTES || !merkleRoot(hashesIn(bytes)).equals(hash)) continue;
      this.full.set(hash.toString('base64'), bytes);
      proven.set(tile.index, bytes);
    }
    return proven;
  }

  /** Null: what is stored is not the edge of that tree. */
  private async edgeOf(
    { size, root }: { size: number; root: Uint8Array },
    read: TileReader,
  ): Promise<Edge | null> {
    const key = `${size} ${Buffer.from(root).toString('base64')}`;
    const known = this.edges.get(key);
    if (known !== undefined) return known;
    const tiles = edgeTiles(size);
    const stored = await read(tiles.filter((tile) => tile !== null));
    let next = 0;
    const edge = tiles.map((tile) =>
      tile === null ? null : (stored[next++] as Uint8Array).subarray(0, tile.width * HASH_BYTES),
    );
    const byLevel = nodeReaderOf((ids) =>
      Promise.resolve(ids.map(({ level }) => edge[level] ?? new Uint8Array())),
    );
    try {
      if (Buffer.compare(await readRoot(byLevel, size), root) !== 0) return null;
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
    this.edges.set(key, edge);
    return edge;
  }
}

/** The hash at a place of a level, out of the tiles of that level; null when its tile is not there. */
function hashAt(tiles: ReadonlyMap<number, Uint8Array>, index: number): Buffer | null {
  const tile = tiles.get(Math.floor(index / TILE_WIDTH));
  const at = (index % TILE_WIDTH) * HASH_BYTES;
  return tile === undefined ? null : Buffer.from(tile.subarray(at, at + HASH_BYTES));
}
