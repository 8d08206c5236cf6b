import { LRUCache } from 'lru-cache';
import { HASH_BYTES } from '../transparency/merkle-tree.js';
import { tileKey } from '../sealing/tree-growth.js';
import type { TileId, TileReader } from '../transparency/tiles.js';

/** 64 tiles of 8 kB: a walk through the log needs the one at hand of each level. */
const TILES_MAX = 64;

/** Remembers tiles that it has read: what is in a tile never changes. */
export function cachedTiles(read: TileReader): TileReader {
  const known = new LRUCache<string, Uint8Array>({ max: TILES_MAX });
  const fitting = (tile: TileId): Uint8Array | undefined => {
    const bytes = known.get(tileKey(tile));
    return bytes !== undefined && bytes.length >= tile.width * HASH_BYTES ? bytes : undefined;
  };
  return async (tiles) => {
    const found = tiles.map(fitting);
    const missing = tiles.filter((_, index) => found[index] === undefined);
    if (missing.length === 0) return found as Uint8Array[];
    const fresh = await read(missing);
    missing.forEach((tile, index) => known.set(tileKey(tile), fresh[index]));
    let next = 0;
    return found.map((bytes) => bytes ?? (fresh[next++] as Uint8Array));
  };
}
