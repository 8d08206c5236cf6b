import { HASH_BYTES, merkleRoot } from './merkle-tree.js';
import type { NodeId, NodeReader } from './subtrees.js';

/**
 * Storage of the tree as tiles (C2SP tlog-tiles): a tile of level t holds up to 256 consecutive hashes of tree
 * level 8·t; everything between is recomputed. 32·(1 + 1/256 + …) = 32.13 bytes per event in all.
 */
export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;

export interface TileId {
  /** Tile level: its hashes are full nodes of tree level 8·level. */
  level: number;
  /** The index-th tile of its level from the left. */
  index: number;
  /** Number of hashes needed, 1 to 256; a stored tile may meanwhile have more. */
  width: number;
}

/** Reads tiles in the order asked for, each at least `width`·32 bytes; one call per proof. */
export type TileReader = (tiles: readonly TileId[]) => Promise<Uint8Array[]>;

/** Reads full nodes out of tiles. */
export function nodeReaderOf(readTiles: TileReader): NodeReader {
  return async (ids) => {
    const wanted = new Map<string, TileId>();
    for (const id of ids) {
      const { tile, key } = placeOf(id);
      const known = wanted.get(key);
      if (known === undefined || known.width < tile.width) wanted.set(key, tile);
    }
    const bytes = await readTiles([...wanted.values()]);
    const byKey = new Map([...wanted.keys()].map((key, i) => [key, bytes[i]]));
    return ids.map((id) => {
      const { tile, key, first } = placeOf(id);
      const stored = byKey.get(key);
      if (stored === undefined || stored.length < tile.width * HASH_BYTES)
        throw new RangeError('A tile is too short.');
      return merkleRoot(hashesIn(stored.subarray(first * HASH_BYTES, tile.width * HASH_BYTES)));
    });
  };
}

export interface TileContent extends TileId {
  /** `width`·32 bytes: the whole tile, with what was there before. */
  bytes: Uint8Array;
}

/**
 * What to store after appending leaf hashes to a tree of `size` leaves: every tile that is new or has grown, by
 * level, then index.
 * @param edge the unfinished last tile of each level at `size`, lowest level first; empty where a level ends
 * on a tile's border. They are what {@link edgeTiles} names.
 */
export function extendTiles(
  size: number,
  leafHashes: readonly Uint8Array[],
  edge: readonly Uint8Array[],
): TileContent[] {
  const changed: TileContent[] = [];
  let row = leafHashes;
  let before = size;
  for (let level = 0; row.length > 0; level += 1) {
    const hashes = [...hashesIn(edge[level] ?? new Uint8Array()), ...row];
    if (hashes.length - row.length !== before % TILE_WIDTH)
      throw new RangeError('The edge does not fit the size.');
    const above: Uint8Array[] = [];
    for (
      let at = 0, index = Math.floor(before / TILE_WIDTH);
      at < hashes.length;
      at += TILE_WIDTH, index += 1
    ) {
      const part = hashes.slice(at, at + TILE_WIDTH);
      changed.push({ level, index, width: part.length, bytes: Buffer.concat(part) });
      if (part.length === TILE_WIDTH) above.push(merkleRoot(part));
    }
    row = above;
    before = Math.floor(before / TILE_WIDTH);
  }
  return changed;
}

/** The unfinished last tile of each level of a tree of `size` leaves; null where none is unfinished. */
export function edgeTiles(size: number): (TileId | null)[] {
  const edge: (TileId | null)[] = [];
  for (let level = 0, width = size; width > 0; level += 1, width = Math.floor(width / TILE_WIDTH)) {
    const open = width % TILE_WIDTH;
    edge.push(open === 0 ? null : { level, index: Math.floor(width / TILE_WIDTH), width: open });
  }
  return edge;
}

function placeOf({ level, index }: NodeId): { tile: TileId; key: string; first: number } {
  const tileLevel = Math.floor(level / TILE_HEIGHT);
  const span = 2 ** (level % TILE_HEIGHT);
  const first = (index * span) % TILE_WIDTH;
  const tile = { level: tileLevel, index: Math.floor((index * span) / TILE_WIDTH), width: first + span };
  return { tile, key: `${tileLevel}/${tile.index}`, first };
}

/** The hashes of a tile, or of a part of it. */
export function hashesIn(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, i) =>
    bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
}
