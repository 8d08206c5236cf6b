import { HASH_BYTES } from '../../log-format/transparency/merkle-tree.js';
import { readRoot } from '../../log-format/transparency/proof-generation.js';
import {
  edgeTiles,
  extendTiles,
  nodeReaderOf,
  TILE_WIDTH,
  type TileContent,
} from '../../log-format/transparency/tiles.js';

/** What is to be stored of a tile: all of it once it is full, else what is new in it. */
interface TilePart {
  level: number;
  number: number;
  /** Place of the first hash in the tile; 0 for a full tile. */
  start: number;
  hashes: Uint8Array;
  isFull: boolean;
}

export interface Growth {
  size: number;
  root: Buffer;
  parts: TilePart[];
}

export function tileKey({ level, index }: { level: number; index: number }): string {
  return `${level}/${index}`;
}

/**
 * Appends leaves to a tree. Null if the stored edge does not give the sealed root: then the stored tree was changed,
 * and nothing that continues it may be signed.
 * @param stored the edge tiles by {@link tileKey}
 */
export async function growTree(
  { size, root }: { size: number; root: Uint8Array },
  stored: ReadonlyMap<string, Uint8Array>,
  leaves: readonly Uint8Array[],
): Promise<Growth | null> {
  const tiles = new Map<string, Uint8Array>();
  const edge: Uint8Array[] = [];
  for (const tile of edgeTiles(size)) {
    const bytes =
      tile === null ? new Uint8Array() : stored.get(tileKey(tile))?.subarray(0, tile.width * HASH_BYTES);
    if (bytes === undefined || bytes.length !== (tile?.width ?? 0) * HASH_BYTES) return null;
    edge.push(bytes);
    if (tile !== null) tiles.set(tileKey(tile), bytes);
  }
  const read = nodeReaderOf((ids) =>
    Promise.resolve(ids.map((id) => tiles.get(tileKey(id)) ?? new Uint8Array())),
  );
  if (Buffer.compare(await readRoot(read, size), root) !== 0) return null;
  const changed = extendTiles(size, leaves, edge);
  const parts = changed.map((tile) => partOf(tile, tiles.get(tileKey(tile))));
  for (const tile of changed) tiles.set(tileKey(tile), tile.bytes);
  const grown = size + leaves.length;
  return { size: grown, root: await readRoot(read, grown), parts };
}

function partOf({ level, index, width, bytes }: TileContent, before: Uint8Array | undefined): TilePart {
  if (width === TILE_WIDTH) return { level, number: index, start: 0, hashes: bytes, isFull: true };
  const known = before?.length ?? 0;
  return { level, number: index, start: known / HASH_BYTES, hashes: bytes.subarray(known), isFull: false };
}
