import { Injectable } from '@nestjs/common';
import { AuditEventsRepository, type EventPageQuery } from '../reading/audit-events.repository.js';
import type { EventPosition } from '../reading/event-search.sql.js';
import type { AuditFilter } from '../reading/audit-filter.js';
import { GenuineEvents } from '../reading/genuine-events.js';
import { EVENTS_SEARCHED_MAX, type Search } from '../reading/search-bound.js';
import { eventOf, type StoredEvent } from '../trail/stored-event.js';
import { canonicalEvent } from '../../log-format/canonical-event.js';
import { CSV_HEADER, csvLineOf } from './csv-export.js';
import type { ExportFormat, ExportRequest } from './exports.js';

const EVENTS_A_BATCH = 100;

/**
 * The events of all logs by time, in constant memory: one JSON object a line, or CSV. Each event is one that this service
 * wrote; that none is missing only the export of a single log proves.
 */
@Injectable()
export class AcrossExport {
  constructor(
    private readonly events: AuditEventsRepository,
    private readonly genuine: GenuineEvents,
  ) {}

  /** Up to the moment at which the first piece is asked for: what a transaction writes just then may be missing. */
  async *begin({
    filter,
    format,
    reading,
  }: Pick<ExportRequest, 'filter' | 'format' | 'reading'>): AsyncGenerator<string> {
    const end = await reading(() => this.events.moment());
    if (format === 'csv') yield CSV_HEADER;
    const to = filter.to !== undefined && filter.to < end ? filter.to : end;
    for await (const rows of this.batches({ ...filter, to }, reading)) {
      await this.genuine.demand(rows);
      yield rows.map((row) => lineOf(row, format)).join('');
    }
  }

  /** Looks through a bounded part of the logs a statement, however few of their events match. */
  private async *batches(
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
        const query: EventPageQuery = { ...search, after, until, count: EVENTS_A_BATCH };
        rows = await reading(() => this.events.page(null, query));
        if (rows.length === 0) break;
        yield rows;
        const { id, occurred_at } = rows.at(-1) as StoredEvent;
        after = { occurredAt: occurred_at.toISOString(), id };
      } while (rows.length === EVENTS_A_BATCH);
      if (until === null) return;
      after = until;
    }
  }
}

function lineOf(row: StoredEvent, format: ExportFormat): string {
  if (format === 'ndjson') return `${canonicalEvent(eventOf(row))}\n`;
  return csvLineOf(row, row.leaf_hash.toString('base64'));
}
