import { Injectable } from '@nestjs/common';
import type { BusinessCaller, Caller } from '../auth/caller.js';
import { refusal } from '../common/errors/domain-error.js';
import { isInstant, shifted } from '../common/instant.js';
import {
  continuedAt,
  type CursorPosition,
  cutPage,
  decodeCursor,
  type Page,
  TOTAL_MAX,
  totalOf,
} from '../common/page.js';
import { Turns } from '../admission/turns.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { AuditEventsRepository, type Search } from '../audit/reading/audit-events.repository.js';
import type { EventPosition } from '../audit/reading/audit-filter.js';
import { GenuineEvents } from '../audit/reading/genuine-events.js';
import { eventOf, type StoredEvent } from '../audit/trail/stored-event.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import type { AuditEvent } from '../log-format/audit-event.js';
import type { ListEventsDto, SummaryQueryDto } from './audit-query.dto.js';
import { AuditFilterReader, describeFilter } from './audit-filter-reader.js';
import type { AuditSummaryDto } from './audit-event.dto.js';
import { Changes } from '../changes/changes.js';
import type { SharedItem, SharedWork } from '../changes/shared-work.js';

interface Read {
  /** null: all of them. */
  logId: string | null;
  filter: string;
}

/**
 * Records that somebody reads a log, before they are shown it. Each read has an event of its own; those that are
 * recorded at once share a transaction.
 */
@Injectable()
export class RecordedReads implements SharedWork<Read, void> {
  readonly verifiers = 'unconcerned';
  readonly lane = 'others';

  constructor(private readonly changes: Changes) {}

  /** Resolves once the event is committed. @throws as Changes: then nothing may be shown */
  record(caller: Caller, logId: string | null, filter: string): Promise<void> {
    return this.changes.share(this, caller, logId === PLATFORM_LOG ? null : logId, { logId, filter });
  }

  claims(): string[] {
    return [];
  }

  run(items: readonly SharedItem<Read>[]): Promise<void[]> {
    for (const { input, change } of items) {
      const target = { kind: 'audit' as const, id: input.logId };
      change.record({ action: 'audit.read', target, details: { filter: input.filter } });
    }
    return Promise.resolve(items.map(() => undefined));
  }
}

const DAY_MS = 24 * 60 * 60 * 1000;
const SUMMARY_DAYS_DEFAULT = 30;

/**
 * Reading the log. Every read is itself an event of the log that was read, or of the platform's log if it read
 * across businesses. It is recorded before the answer is sent, so that nobody reads unrecorded.
 */
@Injectable()
export class AuditEventsService {
  constructor(
    private readonly events: AuditEventsRepository,
    private readonly filters: AuditFilterReader,
    private readonly turns: Turns,
    private readonly reads: RecordedReads,
    private readonly genuine: GenuineEvents,
    private readonly clock: DatabaseClock,
  ) {}

  /** @param logId null: all logs */
  list(caller: Caller, logId: string | null, query: ListEventsDto): Promise<Page<AuditEvent>> {
    return this.recorded(caller, logId, describeFilter(query), () => this.pageOf(logId, query));
  }

  /** @throws DomainError `audit.event_not_found` also for an event of another log; `audit.integrity_violated` */
  async get(caller: BusinessCaller, eventId: string): Promise<AuditEvent> {
    return this.recorded(caller, caller.businessId, `id=${eventId}`, async () => {
      const row = await this.events.find(caller.businessId, eventId);
      if (row === null) throw refusal('audit.event_not_found');
      await this.genuine.demand([row]);
      return eventOf(row);
    });
  }

  /** @throws DomainError `audit.integrity_violated` when a row that would be counted is not the one at its sequence */
  async summarise(caller: BusinessCaller, query: SummaryQueryDto): Promise<AuditSummaryDto> {
    const to = query.to === undefined ? new Date(this.clock.nowMs()) : new Date(query.to);
    const from =
      query.from === undefined ? shifted(to, -SUMMARY_DAYS_DEFAULT * DAY_MS) : new Date(query.from);
    const filter = `summary&${describeFilter(query)}`;
    const counts = await this.recorded(caller, caller.businessId, filter, async () => {
      const found = await this.events.countByDay(caller.businessId, from, to);
      this.genuine.demandRegistered(caller.businessId, found);
      return found;
    });
    const items = counts.map(({ day, action, count }) => ({ day, action, count }));
    return { from: from.toISOString(), to: to.toISOString(), items };
  }

  /** Reads when it is the turn of the caller's business, and records the read before anybody gets the result. */
  private async recorded<Found>(
    caller: Caller,
    logId: string | null,
    filter: string,
    look: () => Promise<Found>,
  ): Promise<Found> {
    const found = await this.turns.run('management', caller.businessId, look);
    await this.reads.record(caller, logId, filter);
    return found;
  }

  private async pageOf(logId: string | null, query: ListEventsDto): Promise<Page<AuditEvent>> {
    const { limit, direction, cursor } = query;
    const sort = `${logId === null ? 'time' : 'sequence'} ${query.order}`;
    const after =
      cursor === undefined ? null : positionIn(decodeCursor(cursor, sort, isPositionValue(logId)), logId);
    const isDescending = (query.order === 'newest') === (direction === 'next');
    const filter = await this.filters.read(logId, query);
    const search: Search = {
      filter,
      order: isDescending ? 'DESC' : 'ASC',
      after,
    };
    const until = await this.events.boundOf(logId, search);
    const rows = await this.events.page(logId, { ...search, count: limit + 1, until });
    const matching = query.total ? await this.events.count(logId, filter, TOTAL_MAX + 1) : null;
    await this.genuine.demand(rows);
    const positionOf = (row: StoredEvent): CursorPosition => ({
      sort,
      value: logId === null ? row.occurred_at.toISOString() : row.sequence,
      id: row.id,
    });
    const page = cutPage(rows, { limit, direction, cursorGiven: after !== null, positionOf });
    const cursors =
      until === null || rows.length > limit ? {} : continuedAt(cursorPositionAt(sort, until), direction);
    return { ...page, ...cursors, items: page.items.map(eventOf), ...totalOf(matching) };
  }
}

function cursorPositionAt(sort: string, position: EventPosition): CursorPosition {
  return 'sequence' in position
    ? { sort, value: String(position.sequence), id: PLATFORM_LOG }
    : { sort, value: position.occurredAt, id: position.id };
}

function isPositionValue(logId: string | null): (value: string) => boolean {
  return logId === null ? isInstant : (value) => /^\d{1,15}$/.test(value);
}

function positionIn(position: CursorPosition, logId: string | null): EventPosition {
  return logId === null
    ? { occurredAt: position.value, id: position.id }
    : { sequence: Number(position.value) };
}
