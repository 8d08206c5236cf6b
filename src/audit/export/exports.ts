import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import {
  AuditEventsRepository,
  EVENTS_SEARCHED_MAX,
  type EventPageQuery,
  type Search,
} from '../reading/audit-events.repository.js';
import type { AuditFilter, EventPosition } from '../reading/audit-filter.js';
import { DroppedEvents } from '../reading/dropped-events.repository.js';
import { GenuineEvents } from '../reading/genuine-events.js';
import { eventOf, type StoredEvent } from '../trail/stored-event.js';
import { businessIdOf, CheckpointNotes } from '../sealing/checkpoint-notes.js';
import { Proofs } from '../proofs/proofs.js';
import { tileKey } from '../sealing/tree-growth.js';
import { TreesRepository, type TrustedTree } from '../sealing/trees.repository.js';
import { canonicalEvent } from '../../log-format/canonical-event.js';
import { HASH_BYTES } from '../../log-format/transparency/merkle-tree.js';
import { readSubtrees } from '../../log-format/transparency/proof-generation.js';
import { nodeReaderOf, type TileId, type TileReader } from '../../log-format/transparency/tiles.js';
import { CosignedCheckpoints } from '../proofs/cosigned-checkpoints.js';
import { CSV_HEADER, csvLineOf } from './csv-export.js';
import {
  checkpointLine,
  eventLine,
  gapLine,
  type GapReason,
  headerLine,
} from '../../log-format/export-format.js';

/** What is exported: a log up to a checkpoint that was pinned first, so that the log may grow meanwhile. */
interface ExportPlan {
  tree: TrustedTree;
  note: string;
  origin: string;
  vkey: string;
  filter: AuditFilter;
  /** The filter for the reader's eyes; null: nothing but a range of sequences was asked for. */
  filterText: string | null;
  first: number;
  last: number;
  /** Where gap lines are split, so that a reader can compare a checkpoint of that size; null for nowhere. */
  compareAt: number | null;
  /** The oldest events that retention has dropped; 0 for none. */
  droppedThrough: number;
}

/**
 * The verifiable export (see export-format.ts), in pieces of one batch each.
 * @param batches the matching events of the range in order
 */
async function* ndjsonExport(
  plan: ExportPlan,
  batches: AsyncIterable<readonly StoredEvent[]>,
  readTiles: TileReader,
): AsyncGenerator<string> {
  const { tree, first, last } = plan;
  const gaps = new GapWriter(plan, readTiles);
  yield headerLine({
    rescind_export: 1,
    business_id: businessIdOf(tree.logId),
    origin: plan.origin,
    first_sequence: first,
    last_sequence: last,
    complete: plan.filterText === null,
    filter: plan.filterText,
    vkey: plan.vkey,
  });
  let next = 1;
  for await (const rows of batches) {
    const lines: string[] = [];
    const leaves = await readLeaves(readTiles, rows);
    for (const [index, row] of rows.entries()) {
      const sequence = Number(row.sequence);
      // Behind the last one: somebody has put a second row there.
      if (sequence < next) continue;
      lines.push(...(await gaps.lines(next, sequence - 1)));
      lines.push(eventLine(canonicalEvent(eventOf(row)), leaves[index] as string));
      next = sequence + 1;
    }
    if (lines.length > 0) yield lines.join('');
  }
  yield [...(await gaps.lines(next, tree.size)), checkpointLine(plan.note)].join('');
}

/** The leaf hashes of events as the tree holds them, base64; one read of tiles a call. */
async function readLeaves(readTiles: TileReader, events: readonly StoredEvent[]): Promise<string[]> {
  const leaves = await nodeReaderOf(readTiles)(
    events.map(({ sequence }) => ({ level: 0, index: Number(sequence) - 1 })),
  );
  return leaves.map((leaf) => Buffer.from(leaf).toString('base64'));
}

/** Says why events are not shown. */
class GapWriter {
  private readonly read: ReturnType<typeof nodeReaderOf>;

  constructor(
    private readonly plan: ExportPlan,
    readTiles: TileReader,
  ) {
    this.read = nodeReaderOf(readTiles);
  }

  async lines(from: number, to: number): Promise<string[]> {
    const lines: string[] = [];
    for (let at = from; at <= to;) {
      const [reason, end] = this.reasonAt(at);
      const until = Math.min(end, to, this.splitAt(at));
      const subtrees = await readSubtrees(this.read, at - 1, until);
      lines.push(gapLine({ reason, from: at, to: until, subtrees }));
      at = until + 1;
    }
    return lines;
  }

  private splitAt(from: number): number {
    const { compareAt } = this.plan;
    return compareAt !== null && from <= compareAt ? compareAt : Infinity;
  }

  /** Why the event is not shown, and how far at most the same holds. */
  private reasonAt(sequence: number): [GapReason, number] {
    const { first, last, filterText, droppedThrough } = this.plan;
    if (sequence < first) return ['skipped', first - 1];
    if (sequence > last) return ['skipped', Infinity];
    if (filterText !== null) return ['skipped', last];
    return sequence <= droppedThrough ? ['dropped', Math.min(droppedThrough, last)] : ['missing', last];
  }
}

/** 64 tiles of 8 kB: a walk through the log needs the one at hand of each level. */
const TILES_MAX = 64;

/** Remembers tiles that it has read: what is in a tile never changes. */
function cachedTiles(read: TileReader): TileReader {
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

/** A part of an export blocks the event loop while its lines are made. */
const EVENTS_A_BATCH = 50;
const EVENTS_A_BATCH_ACROSS = 100;

export type ExportFormat = 'ndjson' | 'csv';

export interface ExportRequest {
  filter: AuditFilter;
  /** null when only a range of sequences, or nothing, was asked for. */
  filterText: string | null;
  /** Size of a checkpoint to be compared with; null for none. */
  compareAt: number | null;
  format: ExportFormat;
  /** Does each read of the database, when it may be done; throws to end the export. */
  reading: <Result>(read: () => Promise<Result>) => Promise<Result>;
}

/** Exports of one log, or of all, in constant memory whatever their size. */
@Injectable()
export class Exports {
  constructor(
    private readonly events: AuditEventsRepository,
    private readonly dropped: DroppedEvents,
    private readonly trees: TreesRepository,
    private readonly proofs: Proofs,
    private readonly notes: CheckpointNotes,
    private readonly cosigned: CosignedCheckpoints,
    private readonly genuine: GenuineEvents,
  ) {}

  /** Fixes a checkpoint over all that is recorded now; the pieces are then read as they are taken. */
  async begin(logId: string, request: ExportRequest): Promise<AsyncGenerator<string>> {
    const plan = await this.planOf(logId, request);
    const { reading } = request;
    const readStoredTiles = this.trees.tilesOf(logId);
    const readTiles = cachedTiles((tiles) => reading(() => readStoredTiles(tiles)));
    const batches = this.batches(plan, reading);
    return request.format === 'csv'
      ? this.csv(batches, readTiles)
      : ndjsonExport(plan, this.withoutForgedTwins(batches), readTiles);
  }

  private async planOf(logId: string, request: ExportRequest): Promise<ExportPlan> {
    const { filter, filterText, compareAt } = request;
    // Before sealing: the event that records a drop is then under the checkpoint.
    const droppedThrough = await this.dropped.through(logId);
    const tree = await this.proofs.sealed(logId);
    const first = Math.min(filter.sequenceFrom ?? 1, tree.size + 1);
    const last = Math.min(filter.sequenceTo ?? tree.size, tree.size);
    return {
      tree,
      note: await this.cosigned.noteOf(tree),
      origin: this.notes.originOf(logId),
      vkey: this.notes.vkeyOf(logId),
      filter,
      filterText,
      first,
      last,
      compareAt,
      droppedThrough,
    };
  }

  private async *batches(plan: ExportPlan, reading: ExportRequest['reading']): AsyncGenerator<StoredEvent[]> {
    const { tree, filter, first, last, droppedThrough } = plan;
    for (let next = Math.max(first, droppedThrough + 1); next <= last;) {
      const end = Math.min(last, next + EVENTS_SEARCHED_MAX - 1);
      const query: EventPageQuery = {
        filter: { ...filter, sequenceFrom: next, sequenceTo: end },
        order: 'ASC',
        count: EVENTS_A_BATCH,
        after: null,
      };
      const rows = await reading(() => this.events.page(tree.logId, query));
      if (rows.length > 0) yield rows;
      next = rows.length < EVENTS_A_BATCH ? end + 1 : Number((rows.at(-1) as StoredEvent).sequence) + 1;
      // What a query answered outlives young collections for as long as the driver's promises hang together: emptied,
      // it leaves nothing for the full ones.
      rows.length = 0;
    }
    await reading(() => this.demandNothingDropped(plan));
  }

  /** CSV; a format without a proof may contain only what was written. */
  private async *csv(batches: AsyncIterable<StoredEvent[]>, readTiles: TileReader): AsyncGenerator<string> {
    yield CSV_HEADER;
    for await (const rows of batches) {
      await this.genuine.demand(rows);
      const leaves = await readLeaves(readTiles, rows);
      yield rows.map((row, index) => csvLineOf(row, leaves[index] as string)).join('');
    }
  }

  /**
   * Of rows at one sequence the one that was written; a row that was changed stays, since its leaf from the tree shows
   * whoever verifies the export what was done to it.
   */
  private async *withoutForgedTwins(batches: AsyncIterable<StoredEvent[]>): AsyncGenerator<StoredEvent[]> {
    for await (const rows of batches) {
      const genuine = await this.genuine.genuine(rows);
      if (genuine.length === rows.length) yield rows;
      else {
        const written = new Map(genuine.map((row) => [row.sequence, row]));
        yield rows.filter((row) => (written.get(row.sequence) ?? row) === row);
      }
    }
  }

  /**
   * If retention drops events during an export, the export must end with an error: missing events would look
   * removed.
   */
  private async demandNothingDropped({ tree, first, droppedThrough }: ExportPlan): Promise<void> {
    const through = await this.dropped.through(tree.logId);
    if (through > droppedThrough && through >= first)
      throw new Error('Events were dropped by retention while they were exported.');
  }

  /**
   * The events of all logs by time: one JSON object a line, or CSV. Each event is one that this service wrote; that none is missing
   * only the export of a single log proves. Up to the moment at which the first piece is asked for: what a transaction writes just then may be missing.
   */
  async *beginAcross({
    filter,
    format,
    reading,
  }: Pick<ExportRequest, 'filter' | 'format' | 'reading'>): AsyncGenerator<string> {
    const end = await reading(() => this.events.moment());
    if (format === 'csv') yield CSV_HEADER;
    const to = filter.to !== undefined && filter.to < end ? filter.to : end;
    for await (const rows of this.batchesAcross({ ...filter, to }, reading)) {
      await this.genuine.demand(rows);
      yield rows.map((row) => lineOf(row, format)).join('');
    }
  }

  /** Looks through a bounded part of the logs a statement, however few of their events match. */
  private async *batchesAcross(
    filter: AuditFilter,
    reading: ExportRequest['reading'],
  ): AsyncGenerator<StoredEvent[]> {
    let after: EventPosition | null = null;
    for (;;) {
      const search: Search = { filter, order: 'ASC', after };
      const until: EventPosition | null = await reading(() =>
        this.events.positionAt(search, EVENTS_SEARCHED_MAX),
      );
      let rows: StoredEvent[];
      do {
        const query: EventPageQuery = { ...search, after, until, count: EVENTS_A_BATCH_ACROSS };
        rows = await reading(() => this.events.page(null, query));
        if (rows.length === 0) break;
        yield rows;
        const { id, occurred_at } = rows.at(-1) as StoredEvent;
        after = { occurredAt: occurred_at.toISOString(), id };
      } while (rows.length === EVENTS_A_BATCH_ACROSS);
      if (until === null) return;
      after = until;
    }
  }
}

function lineOf(row: StoredEvent, format: ExportFormat): string {
  if (format === 'ndjson') return `${canonicalEvent(eventOf(row))}\n`;
  return csvLineOf(row, row.leaf_hash.toString('base64'));
}
