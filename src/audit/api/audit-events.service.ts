import { Injectable } from '@nestjs/common';
import type { BusinessCaller, Caller } from '../../auth/caller.js';
import { Changes } from '../../changes/changes.js';
import { DomainError } from '../../common/errors/domain-error.js';
import {
  cutPage,
  decodeCursor,
  encodeCursor,
  type CursorPosition,
  type Page,
  type PageDirection,
} from '../../common/page.js';
import { AuditEventsRepository, type EventPosition } from '../reading/audit-events.repository.js';
import { SearchReach, type Search } from '../reading/search-reach.js';
import { eventOf, type StoredEvent } from '../reading/stored-event.js';
import { PLATFORM_LOG } from '../trail/audit-draft.js';
import type { AuditEvent } from '../trail/audit-event.js';
import { AuditFilterReader, describeFilter, momentOf } from './audit-filter-reader.js';
import type { AuditSummaryDto } from './audit-event.dto.js';
import type { ListEventsAcrossDto, ListEventsDto, SummaryQueryDto } from './audit-query.dto.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const SUMMARY_DAYS_DEFAULT = 30;

/**
 * Reading the log. Every read is itself an event of the log that was read, or of the platform's when it went across
 * businesses: recorded before the answer leaves, so that nobody reads unseen.
 */
@Injectable()
export class AuditEventsService {
  constructor(
    private readonly events: AuditEventsRepository,
    private readonly filters: AuditFilterReader,
    private readonly reach: SearchReach,
    private readonly changes: Changes,
  ) {}

  list(caller: BusinessCaller, query: ListEventsDto): Promise<Page<AuditEvent>> {
    return this.page(caller, caller.businessId, query);
  }

  listAcross(caller: Caller, query: ListEventsAcrossDto): Promise<Page<AuditEvent>> {
    return this.page(caller, logIdOf(query.business_id), query);
  }

  /** @throws DomainError `audit.event_not_found` also for an event of another log */
  async get(caller: BusinessCaller, eventId: string): Promise<AuditEvent> {
    const row = await this.events.find(caller.businessId, eventId);
    if (row === null) throw new DomainError('audit.event_not_found', 'Resource not found');
    await this.recordRead(caller, caller.businessId, `id=${eventId}`);
    return eventOf(row);
  }

  async summarise(caller: BusinessCaller, query: SummaryQueryDto): Promise<AuditSummaryDto> {
    const to = query.to === undefined ? new Date() : momentOf('to', query.to);
    const from =
      query.from === undefined
        ? new Date(to.getTime() - SUMMARY_DAYS_DEFAULT * DAY_MS)
        : momentOf('from', query.from);
    const items = await this.events.countByDay(caller.businessId, from, to);
    await this.recordRead(caller, caller.businessId, `summary&${describeFilter(query)}`);
    return { from: from.toISOString(), to: to.toISOString(), items };
  }

  /** Records that somebody read a log (null: all of them). */
  async recordRead(caller: Caller, logId: string | null, filter: string): Promise<void> {
    await this.changes.make(caller, logId === PLATFORM_LOG ? null : logId, (change) => {
      change.record({ action: 'audit.read', target: { kind: 'audit', id: logId }, details: { filter } });
    });
  }

  private async page(caller: Caller, logId: string | null, query: ListEventsDto): Promise<Page<AuditEvent>> {
    const { limit, direction, cursor } = query;
    const sort = `${logId === null ? 'time' : 'sequence'} ${query.order}`;
    const after =
      cursor === undefined ? null : positionIn(decodeCursor(cursor, sort, isPositionValue(logId)), logId);
    const isDescending = (query.order === 'newest') === (direction === 'next');
    const search: Search = {
      filter: await this.filters.read(logId, query),
      order: isDescending ? 'DESC' : 'ASC',
      after,
    };
    const until = await this.reach.of(logId, search);
    const rows = await this.events.page(logId, { ...search, count: limit + 1, until });
    await this.recordRead(caller, logId, describeFilter(query));
    const positionOf = (row: StoredEvent): CursorPosition => ({
      sort,
      value: logId === null ? row.occurred_at.toISOString() : row.sequence,
      id: row.id,
    });
    const page = cutPage(rows, { limit, direction, cursorGiven: after !== null, positionOf });
    const cursors = until === null || rows.length > limit ? {} : goingOn(direction, sort, until);
    return { ...page, ...cursors, items: page.items.map(eventOf), total: null };
  }
}

function logIdOf(businessId: string | undefined): string | null {
  return businessId === 'platform' ? PLATFORM_LOG : (businessId?.toLowerCase() ?? null);
}

/** Where a search goes on that has looked at as much as one page may, and found less than a page. */
function goingOn(direction: PageDirection, sort: string, until: EventPosition): Partial<Page<AuditEvent>> {
  const cursor = encodeCursor(
    'sequence' in until
      ? { sort, value: String(until.sequence), id: PLATFORM_LOG }
      : { sort, value: until.occurredAt, id: until.id },
  );
  return direction === 'next'
    ? { has_next: true, next_cursor: cursor }
    : { has_prev: true, prev_cursor: cursor };
}

function isPositionValue(logId: string | null): (value: string) => boolean {
  return (value) =>
    logId === null
      ? /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/.test(value) && !Number.isNaN(Date.parse(value))
      : /^\d{1,15}$/.test(value);
}

function positionIn(position: CursorPosition, logId: string | null): EventPosition {
  return logId === null
    ? { occurredAt: position.value, id: position.id }
    : { sequence: Number(position.value) };
}
