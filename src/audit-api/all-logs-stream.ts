import { Injectable } from '@nestjs/common';
import { AllLogsWatch } from '../audit/reading/all-logs-watch.js';
import { AuditEventsRepository } from '../audit/reading/audit-events.repository.js';
import type { EventPosition } from '../audit/reading/event-search.sql.js';
import { matchesFilter } from '../audit/reading/audit-filter-match.js';
import type { AuditFilter } from '../audit/reading/audit-filter.js';
import { GenuineEvents } from '../audit/reading/genuine-events.js';
import type { StoredEvent } from '../audit/trail/stored-event.js';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { eventMessages } from './event-message.js';
import { LongAnswerTurns } from './long-answer-turns.js';
import { PermissionRecheck } from './permission-recheck.js';

const messageOf = eventMessages(({ occurred_at: at }) => at.getTime());
const EVENTS_A_PART = 50;
const KEEP_ALIVE_MS = 15_000;
const RETRY_MS = 1000;
/** Events with a time up to so long before the point of resuming may have been committed after it. */
const OVERLAP_MS = 60_000;
const ALL = 'all';

interface AllLogsTail {
  filter: AuditFilter;
  /** Milliseconds since 1970 of the last event that arrived; null: it begins now. */
  afterMs: number | null;
  request: AuthenticatedRequest;
  end: AbortSignal;
}

/**
 * The events of all logs as they are written, each at least once: new ones in the order of their log, and those that
 * a reader missed before it resumed by time. A reader that is too slow is disconnected, and resumes. A reader that
 * resumes can miss what a transaction of more than a minute commits just while nobody follows the logs.
 */
@Injectable()
export class AllLogsStream {
  constructor(
    private readonly events: AuditEventsRepository,
    private readonly watch: AllLogsWatch,
    private readonly genuine: GenuineEvents,
    private readonly permission: PermissionRecheck,
    private readonly turns: LongAnswerTurns,
  ) {}

  /** Ends before a row that is not what was written. */
  async *tail(tail: AllLogsTail): AsyncGenerator<string> {
    const { afterMs, end } = tail;
    // New events are followed first, and earlier ones are read up to that point afterwards, so nothing is lost in
    // between. What takes long to read is read before.
    if (afterMs !== null && !(yield* this.missed(tail, afterMs - OVERLAP_MS))) return;
    const follower = await this.watch.follow();
    try {
      yield `retry: ${RETRY_MS}\n\n`;
      if (afterMs !== null) {
        const nowMs = (await this.events.moment()).getTime();
        if (!(yield* this.missed(tail, Math.max(afterMs, nowMs) - OVERLAP_MS))) return;
      }
      while (!end.aborted && !follower.isTooSlow) {
        const rows = await follower.next(KEEP_ALIVE_MS, end);
        if (!(await this.permission.holds(tail.request))) return;
        if (rows !== null) yield* this.wanted(tail.filter, rows);
        else if (!end.aborted && !follower.isTooSlow) yield ': still here\n\n';
      }
    } finally {
      this.watch.leave(follower);
    }
  }

  /**
   * The events since then that can be read now, in parts of bounded size, whatever the filter.
   * @returns false: its caller may not read any more
   */
  private async *missed(
    { filter, request, end }: AllLogsTail,
    fromMs: number,
  ): AsyncGenerator<string, boolean> {
    let after: EventPosition | null = null;
    while (!end.aborted) {
      const query = {
        filter: { from: new Date(fromMs) },
        order: 'ASC' as const,
        count: EVENTS_A_PART,
        after,
      };
      const read = (): Promise<StoredEvent[]> => this.events.page(null, query);
      const rows = await this.turns.part(ALL, () =>
        this.permission.read(request, ALL, read).catch(() => null),
      );
      if (rows === null) return false;
      yield* this.wanted(filter, rows);
      const last = rows.at(-1);
      if (last === undefined || rows.length < EVENTS_A_PART) return true;
      after = { occurredAt: last.occurred_at.toISOString(), id: last.id };
    }
    return false;
  }

  private async *wanted(filter: AuditFilter, rows: readonly StoredEvent[]): AsyncGenerator<string> {
    const wanted = rows.filter((row) => matchesFilter(filter, row));
    await this.genuine.demandShared(wanted);
    if (wanted.length > 0) yield wanted.map(messageOf).join('');
  }
}
