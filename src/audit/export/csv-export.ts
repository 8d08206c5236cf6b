import { eventOf, type StoredEvent } from '../trail/stored-event.js';
import { canonicalJson } from '../../log-format/canonical-event.js';
import { TILE_WIDTH, type TileId, type TileReader } from '../../log-format/transparency/tiles.js';
import { HASH_BYTES } from '../../log-format/transparency/merkle-tree.js';

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

const COLUMNS = [
  'sequence',
  'id',
  'occurred_at',
  'business_id',
  'action',
  'outcome',
  'actor_kind',
  'actor_id',
  'actor_email',
  'actor_token_id',
  'target_kind',
  'target_id',
  'reason',
  'request_id',
  'ip',
  'user_agent',
  'details',
  'leaf_hash',
];

export const CSV_HEADER = `${COLUMNS.join(',')}\r\n`;

/** For spreadsheets (RFC 4180, UTF-8), in pieces of one batch each. Proves nothing by itself. */
export async function* csvExport(
  batches: AsyncIterable<readonly StoredEvent[]>,
  readTiles: TileReader,
): AsyncGenerator<string> {
  yield CSV_HEADER;
  for await (const rows of batches) {
    const leaves = await readLeaves(
      readTiles,
      rows.map(({ sequence }) => Number(sequence)),
    );
    if (rows.length > 0) yield rows.map((row, index) => csvLineOf(row, leaves[index] as string)).join('');
  }
}

/** @param leafHash base64 */
export function csvLineOf(row: StoredEvent, leafHash: string): string {
  return csvLine(cellsOf(row, leafHash));
}

function cellsOf(row: StoredEvent, leafHash: string): (string | number | null)[] {
  const { actor, target, ...event } = eventOf(row);
  return [
    event.sequence,
    event.id,
    event.occurred_at,
    event.business_id,
    event.action,
    event.outcome,
    actor.kind,
    actor.id,
    actor.email,
    actor.token_id,
    target.kind,
    target.id,
    event.reason,
    event.request_id,
    event.ip,
    event.user_agent,
    canonicalJson(event.details),
    leafHash,
  ];
}

function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

/** What spreadsheets take for the beginning of a formula (OWASP CSV injection), wide forms included. */
const FORMULA = /^[\s\u0000]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A text that a spreadsheet could execute gets a leading apostrophe. */
function cellText(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  const harmless = typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text;
  return /[",;\r\n\t']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
