import { Injectable } from '@nestjs/common';
import { AuditEventsRepository, type EventPageQuery } from '../reading/audit-events.repository.js';
import type { AuditFilter } from '../reading/audit-filter.js';
import { DroppedEvents } from '../reading/dropped-events.repository.js';
import { GenuineEvents } from '../reading/genuine-events.js';
import { EVENTS_SEARCHED_MAX } from '../reading/search-bound.js';
import type { StoredEvent } from '../reading/stored-event.js';
import { CheckpointNotes } from '../sealing/checkpoint-notes.js';
import { Proofs } from '../sealing/proofs.js';
import { TreesRepository } from '../sealing/trees.repository.js';
import { CosignedCheckpoints } from '../witnesses/cosigned-checkpoints.js';
import { cachedTiles } from './cached-tiles.js';
import { csvExport } from './csv-export.js';
import type { ExportPlan } from './export-plan.js';
import { ndjsonExport } from './ndjson-export.js';

/** A part of an export blocks the event loop while its lines are made. */
const EVENTS_A_BATCH = 50;

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

/** Exports of one log, in constant memory whatever its size. */
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
      ? csvExport(this.demandGenuine(batches), readTiles)
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

  /** A format without a proof may contain only what was written. */
  private async *demandGenuine(batches: AsyncIterable<StoredEvent[]>): AsyncGenerator<StoredEvent[]> {
    for await (const rows of batches) {
      await this.genuine.demand(rows);
      yield rows;
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
}
