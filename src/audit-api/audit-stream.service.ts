import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import type { Caller } from '../auth/caller.js';
import { refusal } from '../common/errors/domain-error.js';
import { businessIdOf } from '../audit/sealing/checkpoint-notes.js';
import { AuditEventsRepository, type EventPageQuery } from '../audit/reading/audit-events.repository.js';
import { isMatchable, matchesFilter } from '../audit/reading/audit-filter-match.js';
import type { AuditFilter } from '../audit/reading/audit-filter.js';
import { GenuineEvents } from '../audit/reading/genuine-events.js';
import { LogWatch } from '../audit/reading/log-watch.js';
import type { StoredEvent } from '../audit/trail/stored-event.js';
import { AllLogsStream } from './all-logs-stream.js';
import { AuditFilterReader, describeFilter } from './audit-filter-reader.js';
import type { AuditFilterDto } from './audit-query.dto.js';
import { eventMessages } from './event-message.js';
import { LongAnswerTurns } from './long-answer-turns.js';
import { OpenStreams } from './open-streams.js';
import { PermissionRecheck } from './permission-recheck.js';
import { RecordedReads } from './recorded-reads.js';

const messageOf = eventMessages(({ sequence }) => sequence);
const EVENTS_A_PART = 50;
/** So that proxies do not close the connection of a log without new events. */
const KEEP_ALIVE_MS = 15_000;
const RETRY_MS = 1000;

interface Tail {
  logId: string;
  filter: AuditFilter;
  next: number;
  request: AuthenticatedRequest;
  end: AbortSignal;
}

/**
 * New events of the log. The stream follows the sequence without gaps, not notifications: even if something is lost
 * on the way, the next event sent is the next that matches, and a reader that returns with the last sequence it saw
 * misses nothing.
 */
@Injectable()
export class AuditStreamService {
  constructor(
    private readonly events: AuditEventsRepository,
    private readonly watch: LogWatch,
    private readonly genuine: GenuineEvents,
    private readonly reads: RecordedReads,
    private readonly filters: AuditFilterReader,
    private readonly permission: PermissionRecheck,
    private readonly streams: OpenStreams,
    private readonly turns: LongAnswerTurns,
    private readonly allLogs: AllLogsStream,
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
   * The events of all logs.
   * @throws DomainError `input.invalid` for a filter that only the database can tell, or by sequence, and when
   * Last-Event-ID is no number
   */
  async openOfAll(caller: Caller, query: AuditFilterDto, request: AuthenticatedRequest): Promise<Readable> {
    const afterMs = lastEventIdOf(request);
    const filter = await this.filters.read(null, query);
    demandFilterOfAll(filter);
    await this.reads.record(caller, null, `stream&${describeFilter(query)}`);
    return this.begin((end) => this.allLogs.tail({ filter, afterMs, request, end }));
  }

  private begin(tailUntil: (end: AbortSignal) => AsyncGenerator<string>): Readable {
    const end = new AbortController();
    const forget = this.streams.add(() => end.abort());
    const stream = Readable.from(tailUntil(end.signal), { objectMode: true, highWaterMark: 1 });
    stream.once('close', () => {
      forget();
      end.abort();
    });
    return stream;
  }

  /** Ends before a row that is not what was written. */
  private async *tail(tail: Tail): AsyncGenerator<string> {
    const { logId, request, end } = tail;
    yield `retry: ${RETRY_MS}\n\n`;
    while (!end.aborted) {
      const { size, rows } = await this.watch.news(logId, tail.next, KEEP_ALIVE_MS, end);
      if (!(await this.permission.holds(request))) return;
      if (size < tail.next) yield ': still here\n\n';
      else if (rows !== null && isMatchable(tail.filter)) yield* this.matching(tail, rows, size);
      else yield* this.missed(tail, size);
    }
  }

  /** The events that all readers of the log got at once. */
  private async *matching(tail: Tail, rows: readonly StoredEvent[], size: number): AsyncGenerator<string> {
    const wanted = rows.filter((row) => matchesFilter(tail.filter, row));
    await this.genuine.demandShared(wanted);
    tail.next = size + 1;
    if (wanted.length > 0) yield wanted.map(messageOf).join('');
  }

  /**
   * The events that only this reader has not seen yet, as far as they can be read now. Its permission is checked
   * again for each part.
   */
  private async *missed(tail: Tail, size: number): AsyncGenerator<string> {
    while (tail.next <= size && !tail.end.aborted) {
      const part = await this.turns.part(tail.logId, () => this.nextMissed(tail, size));
      if (part === null) return;
      if (part !== '') yield part;
    }
  }

  /** null: its caller may not read any more. */
  private async nextMissed(tail: Tail, size: number): Promise<string | null> {
    const { logId, filter, request } = tail;
    const query: EventPageQuery = {
      filter: { ...filter, sequenceFrom: tail.next, sequenceTo: Math.min(size, filter.sequenceTo ?? size) },
      order: 'ASC',
      count: EVENTS_A_PART,
      after: null,
    };
    const read = () => this.events.page(logId, query);
    const rows = await this.permission.read(request, logId, read).catch(() => null);
    if (rows === null) return null;
    await this.genuine.demand(rows);
    tail.next = rows.length < EVENTS_A_PART ? size + 1 : Number((rows.at(-1) as StoredEvent).sequence) + 1;
    return rows.map(messageOf).join('');
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
