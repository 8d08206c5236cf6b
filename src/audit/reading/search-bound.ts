import { shifted } from '../../common/instant.js';
import { Injectable } from '@nestjs/common';
import { AuditEventsRepository } from './audit-events.repository.js';
import type { AuditFilter, AuditOrder, EventPosition } from './audit-filter.js';

/** The most events that are read for one page if no index finds the matching ones. */
export const EVENTS_SEARCHED_MAX = 10_000;
/**
 * How far the order of times and that of sequences can differ: an event has the time at which its transaction began.
 */
const DISORDER_MS = 10 * 60_000;

export interface Search {
  filter: AuditFilter;
  order: AuditOrder;
  after: EventPosition | null;
}

/**
 * Limits what one page of a search can cost, whatever the size of the log. A filter that an index serves needs no
 * limit; any other could read the whole log without a match.
 */
@Injectable()
export class SearchBound {
  constructor(private readonly events: AuditEventsRepository) {}

  /** The last position that this page reads; null: the search ends by itself. */
  async of(logId: string | null, search: Search): Promise<EventPosition | null> {
    if (isAnsweredByIndex(search.filter)) return null;
    if (logId === null) return this.events.positionAt(search, EVENTS_SEARCHED_MAX);
    const { order, after, filter } = search;
    const { low, high } = await this.bounds(logId, filter);
    const from = after !== null && 'sequence' in after ? after.sequence : null;
    if (order === 'ASC') {
      const end = Math.max(low, (from ?? 0) + 1) + EVENTS_SEARCHED_MAX - 1;
      return end < high ? { sequence: end } : null;
    }
    const end = Math.min(high, (from ?? Infinity) - 1) - EVENTS_SEARCHED_MAX + 1;
    return end > low ? { sequence: end } : null;
  }

  /** The sequences between which all that can match lies. */
  private async bounds(logId: string, filter: AuditFilter): Promise<{ low: number; high: number }> {
    const { from, to, sequenceFrom = 1, sequenceTo = Infinity } = filter;
    const [size, before, behind] = await Promise.all([
      this.events.sizes([logId]).then((sizes) => sizes.get(logId) ?? 0),
      from && this.events.lastBefore(logId, shifted(from, -DISORDER_MS)),
      to && this.events.firstFrom(logId, shifted(to, DISORDER_MS)),
    ]);
    return { low: Math.max(sequenceFrom, before ?? 1), high: Math.min(sequenceTo, behind ?? size) };
  }
}

/** Conditions that an index serves, or that narrow what it finds without a search. */
const INDEXED: ReadonlySet<string> = new Set<keyof AuditFilter>([
  'actions',
  'actorIds',
  'actorPerson',
  'ip',
  'outcome',
  'sequenceFrom',
  'sequenceTo',
]);

/** Whether the rows that an index leads to are few, or are in order and all match. */
function isAnsweredByIndex(filter: AuditFilter): boolean {
  const { actions, actorIds, targetId, tokenId, requestId, clientRequestId, ip, outcome } = filter;
  if ([targetId, tokenId, requestId, clientRequestId].some((value) => value !== undefined)) return true;
  if (Object.entries(filter).some(([name, value]) => value !== undefined && !INDEXED.has(name))) return false;
  // Several ids of one address give several orders, and nearly every event is a success.
  if ((actorIds?.length ?? 0) > 1 || outcome === 'success') return false;
  return [actions, actorIds, ip, outcome].filter((value) => value !== undefined).length <= 1;
}
