import { HASH_BYTES } from '../../log-format/transparency/merkle-tree.js';
import { TILE_WIDTH, type TileId, type TileReader } from '../../log-format/transparency/tiles.js';

/** The leaf hashes of sequences as the tree holds them, base64; one read of tiles a call. */
export async function readLeaves(read: TileReader, sequences: readonly number[]): Promise<string[]> {
  const wanted = new Map<number, TileId>();
  for (const sequence of sequences) {
    const index = Math.floor((sequence - 1) / TILE_WIDTH);
    const width = ((sequence - 1) % TILE_WIDTH) + 1;
    wanted.set(index, { level: 0, index, width: Math.max(width, wanted.get(index)?.width ?? 0) });
  }
  const contents = await read([...wanted.values()]);
  const byIndex = new Map([...wanted.keys()].map((index, at) => [index, contents[at] as Uint8Array]));
  return sequences.map((sequence) => {
    const tile = byIndex.get(Math.floor((sequence - 1) / TILE_WIDTH)) as Uint8Array;
    const at = ((sequence - 1) % TILE_WIDTH) * HASH_BYTES;
    if (tile.length < at + HASH_BYTES) throw new RangeError('A tile is too short.');
    return Buffer.from(tile.subarray(at, at + HASH_BYTES)).toString('base64');
  });
}
