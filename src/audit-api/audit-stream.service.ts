import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import type { Caller } from '../auth/caller.js';
import { refusal } from '../common/errors/domain-error.js';
import { businessIdOf } from '../audit/sealing/checkpoint-notes.js';
import { AuditEventsRepository, type EventPageQuery } from '../audit/reading/audit-events.repository.js';
import {
  type AuditFilter,
  type EventPosition,
  isMatchable,
  matchesFilter,
} from '../audit/reading/audit-filter.js';
import { GenuineEvents } from '../audit/reading/genuine-events.js';
import { AllLogsWatch, LogWatch } from '../audit/reading/log-watch.js';
import { eventOf, type StoredEvent } from '../audit/trail/stored-event.js';
import { AuditFilterReader, describeFilter } from './audit-filter-reader.js';
import type { AuditFilterDto } from './audit-query.dto.js';
import { LongAnswers } from './long-answers.js';
import { RecordedReads } from './audit-events.service.js';

/**
 * Makes a function that writes an event as a message of a stream (Server-Sent Events), once for all readers.
 * @param idOf the id after which a reader resumes
 */
function eventMessages(idOf: (row: StoredEvent) => string | number): (row: StoredEvent) => string {
  const written = new WeakMap<StoredEvent, string>();
  return (row) => {
    const known = written.get(row);
    if (known !== undefined) return known;
    const message = `id: ${idOf(row)}\nevent: ${row.action}\ndata: ${JSON.stringify(eventOf(row))}\n\n`;
    written.set(row, message);
    return message;
  };
}

const messageOfLog = eventMessages(({ sequence }) => sequence);
const messageOfAll = eventMessages(({ occurred_at: at }) => at.getTime());
const EVENTS_A_PART = 50;
/** So that proxies do not close the connection of a log without new events. */
const KEEP_ALIVE_MS = 15_000;
const STILL_HERE = ': still here\n\n';
const RETRY = 'retry: 1000\n\n';
/** Events with a time up to so long before the point of resuming may have been committed after it. */
const OVERLAP_MS = 60_000;
const ALL = 'all';

/** Somebody who follows. */
interface Tail {
  filter: AuditFilter;
  request: AuthenticatedRequest;
  end: AbortSignal;
}

interface LogTail extends Tail {
  logId: string;
  next: number;
}

interface AllLogsTail extends Tail {
  /** Milliseconds since 1970 of the last event that arrived; null: it begins now. */
  afterMs: number | null;
}

/**
 * New events of one log, or of all. The stream of a log follows the sequence without gaps, not notifications: even if something is lost
 * on the way, the next event sent is the next that matches, and a reader that returns with the last sequence it saw
 * misses nothing.
 */
@Injectable()
export class AuditStreamService {
  constructor(
    private readonly events: AuditEventsRepository,
    private readonly watch: LogWatch,
    private readonly allLogs: AllLogsWatch,
    private readonly genuine: GenuineEvents,
    private readonly reads: RecordedReads,
    private readonly filters: AuditFilterReader,
    private readonly answers: LongAnswers,
  ) {}

  /** @throws DomainError `input.invalid` when Last-Event-ID is no sequence */
  async open(
    caller: Caller,
    logId: string,
    query: AuditFilterDto,
    request: AuthenticatedRequest,
  ): Promise<Readable> {
    const last = lastEventIdOf(request);
    const filter = await this.filters.read(businessIdOf(logId), query);
    await this.reads.record(caller, logId, `stream&${describeFilter(query)}`);
    const head = (await this.events.sizes([logId])).get(logId) ?? 0;
    const next = last === null ? (query.sequence_from ?? head + 1) : last + 1;
    return this.begin((end) => this.tail({ logId, filter, next, request, end }));
  }

  /**
   * The events of all logs as they are written, each at least once: new ones in the order of their log, and those that
   * a reader missed before it resumed by time. A reader that is too slow is disconnected, and resumes. A reader that
   * resumes can miss what a transaction of more than a minute commits just while nobody follows the logs.
   * @throws DomainError `input.invalid` for a filter that only the database can tell, or by sequence, and when
   * Last-Event-ID is no number
   */
  async openOfAll(caller: Caller, query: AuditFilterDto, request: AuthenticatedRequest): Promise<Readable> {
    const afterMs = lastEventIdOf(request);
    const filter = await this.filters.read(null, query);
    demandFilterOfAll(filter);
    await this.reads.record(caller, null, `stream&${describeFilter(query)}`);
    return this.begin((end) => this.tailOfAll({ filter, afterMs, request, end }));
  }

  private begin(tailUntil: (end: AbortSignal) => AsyncGenerator<string>): Readable {
    const end = new AbortController();
    const forget = this.answers.endAtShutdown(() => end.abort());
    const stream = Readable.from(tailUntil(end.signal), { objectMode: true, highWaterMark: 1 });
    stream.once('close', () => {
      forget();
      end.abort();
    });
    return stream;
  }

  /** Ends before a row that is not what was written. */
  private async *tail(tail: LogTail): AsyncGenerator<string> {
    const { logId, request, end } = tail;
    yield RETRY;
    while (!end.aborted) {
      const { size, rows } = await this.watch.news(logId, tail.next, KEEP_ALIVE_MS, end);
      if (!(await this.answers.isPermitted(request))) return;
      if (size < tail.next) yield STILL_HERE;
      else if (rows !== null && isMatchable(tail.filter)) {
        yield* this.wanted(tail, rows, messageOfLog);
        tail.next = size + 1;
      } else yield* this.missed(tail, size);
    }
  }

  /** Those of the rows that all readers got at once. */
  private async *wanted(
    { filter }: Tail,
    rows: readonly StoredEvent[],
    messageOf: (row: StoredEvent) => string,
  ): AsyncGenerator<string> {
    const wanted = rows.filter((row) => matchesFilter(filter, row));
    await this.genuine.demandShared(wanted);
    if (wanted.length > 0) yield wanted.map(messageOf).join('');
  }

  /**
   * The events that only this reader has not seen yet, as far as they can be read now. Its permission is checked
   * again for each part.
   */
  private async *missed(tail: LogTail, size: number): AsyncGenerator<string> {
    while (tail.next <= size && !tail.end.aborted) {
      const part = await this.answers.part(tail.logId, () => this.nextMissed(tail, size));
      if (part === null) return;
      if (part !== '') yield part;
    }
  }

  /** null: its caller may not read any more. */
  private async nextMissed(tail: LogTail, size: number): Promise<string | null> {
    const { logId, filter, request } = tail;
    const query: EventPageQuery = {
      filter: { ...filter, sequenceFrom: tail.next, sequenceTo: Math.min(size, filter.sequenceTo ?? size) },
      order: 'ASC',
      count: EVENTS_A_PART,
      after: null,
    };
    const read = () => this.events.page(logId, query);
    const rows = await this.answers.read(request, logId, read).catch(() => null);
    if (rows === null) return null;
    await this.genuine.demand(rows);
    tail.next = rows.length < EVENTS_A_PART ? size + 1 : Number((rows.at(-1) as StoredEvent).sequence) + 1;
    return rows.map(messageOfLog).join('');
  }

  /** Ends before a row that is not what was written. */
  private async *tailOfAll(tail: AllLogsTail): AsyncGenerator<string> {
    const { afterMs, end } = tail;
    // New events are followed first, and earlier ones are read up to that point afterwards, so nothing is lost in
    // between. What takes long to read is read before.
    if (afterMs !== null && !(yield* this.missedOfAll(tail, afterMs - OVERLAP_MS))) return;
    const follower = await this.allLogs.follow();
    try {
      yield RETRY;
      if (afterMs !== null) {
        const nowMs = (await this.events.moment()).getTime();
        if (!(yield* this.missedOfAll(tail, Math.max(afterMs, nowMs) - OVERLAP_MS))) return;
      }
      while (!end.aborted && !follower.isTooSlow) {
        const rows = await follower.next(KEEP_ALIVE_MS, end);
        if (!(await this.answers.isPermitted(tail.request))) return;
        if (rows !== null) yield* this.wanted(tail, rows, messageOfAll);
        else if (!end.aborted && !follower.isTooSlow) yield STILL_HERE;
      }
    } finally {
      this.allLogs.leave(follower);
    }
  }

  /**
   * The events since then that can be read now, in parts of bounded size, whatever the filter.
   * @returns false: its caller may not read any more
   */
  private async *missedOfAll(tail: AllLogsTail, fromMs: number): AsyncGenerator<string, boolean> {
    const { request, end } = tail;
    let after: EventPosition | null = null;
    while (!end.aborted) {
      const query = {
        filter: { from: new Date(fromMs) },
        order: 'ASC' as const,
        count: EVENTS_A_PART,
        after,
      };
      const read = (): Promise<StoredEvent[]> => this.events.page(null, query);
      const rows = await this.answers.part(ALL, () =>
        this.answers.read(request, ALL, read).catch(() => null),
      );
      if (rows === null) return false;
      yield* this.wanted(tail, rows, messageOfAll);
      const last = rows.at(-1);
      if (last === undefined || rows.length < EVENTS_A_PART) return true;
      after = { occurredAt: last.occurred_at.toISOString(), id: last.id };
    }
    return false;
  }
}

function demandFilterOfAll(filter: AuditFilter): void {
  const { sequenceFrom, sequenceTo } = filter;
  if (isMatchable(filter) && sequenceFrom === undefined && sequenceTo === undefined) return;
  throw refusal('input.invalid', {
    issues: [
      {
        loc: ['query', 'business_id'],
        msg: 'All logs cannot be followed by sequence, reason, details or a range of addresses',
        type: 'value_error',
      },
    ],
  });
}

function lastEventIdOf(request: AuthenticatedRequest): number | null {
  const header = request.headers['last-event-id'];
  if (header === undefined || header === '') return null;
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw refusal('input.invalid', {
    issues: [{ loc: ['header', 'last-event-id'], msg: 'Input should be a sequence', type: 'int_parsing' }],
  });
}
