import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import type { BusinessCaller } from '../../auth/caller.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { AuditEventsRepository, type EventPageQuery } from '../reading/audit-events.repository.js';
import { isMatchable, matchesFilter } from '../reading/audit-filter-match.js';
import type { AuditFilter } from '../reading/audit-filter.js';
import { LogWatch } from '../reading/log-watch.js';
import { eventOf, type StoredEvent } from '../reading/stored-event.js';
import { AuditEventsService } from './audit-events.service.js';
import { AuditFilterReader, describeFilter } from './audit-filter-reader.js';
import type { AuditFilterDto } from './audit-query.dto.js';
import { OpenStreams } from './open-streams.js';
import { StandingPermission } from './standing-permission.js';

const EVENTS_A_BATCH = 200;
/** Keeps proxies from taking a quiet log for a dead connection. */
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
 * The log as it grows. The dense sequence drives it, not notifications: whatever is lost on the way, the next event
 * sent is the next that matches, and a reader that comes back with the last sequence it saw misses nothing.
 */
@Injectable()
export class AuditStreamService {
  constructor(
    private readonly events: AuditEventsRepository,
    private readonly watch: LogWatch,
    private readonly reading: AuditEventsService,
    private readonly filters: AuditFilterReader,
    private readonly permission: StandingPermission,
    private readonly streams: OpenStreams,
  ) {}

  /** @throws DomainError `input.invalid` when Last-Event-ID is no sequence */
  async open(
    caller: BusinessCaller,
    query: AuditFilterDto,
    request: AuthenticatedRequest,
  ): Promise<Readable> {
    const logId = caller.businessId;
    const last = lastEventIdOf(request);
    const filter = await this.filters.read(logId, query);
    await this.reading.recordRead(caller, logId, `stream&${describeFilter(query)}`);
    const head = (await this.events.sizes([logId])).get(logId) ?? 0;
    const next = last === null ? (query.sequence_from ?? head + 1) : last + 1;
    const end = new AbortController();
    const forget = this.streams.add(() => end.abort());
    const stream = Readable.from(this.tail({ logId, filter, next, request, end: end.signal }), {
      objectMode: true,
      highWaterMark: 1,
    });
    stream.once('close', () => {
      forget();
      end.abort();
    });
    return stream;
  }

  private async *tail(tail: Tail): AsyncGenerator<string> {
    const { logId, request, end } = tail;
    yield `retry: ${RETRY_MS}\n\n`;
    while (!end.aborted) {
      const { size, rows } = await this.watch.news(logId, tail.next, KEEP_ALIVE_MS, end);
      if (!(await this.isStillPermitted(request))) return;
      if (size < tail.next) yield ': still here\n\n';
      else if (rows !== null && isMatchable(tail.filter)) yield* this.matching(tail, rows, size);
      else yield* this.missed(tail, size);
    }
  }

  /** What all who follow the log were told of at once. */
  private *matching(tail: Tail, rows: readonly StoredEvent[], size: number): Generator<string> {
    const wanted = rows.filter((row) => matchesFilter(tail.filter, row));
    tail.next = size + 1;
    if (wanted.length > 0) yield wanted.map(messageOf).join('');
  }

  /** What this reader alone has not seen yet, as far as it can be read now. Its caller is looked at again for each part. */
  private async *missed(tail: Tail, size: number): AsyncGenerator<string> {
    const { logId, filter, request, end } = tail;
    while (tail.next <= size && !end.aborted) {
      const query: EventPageQuery = {
        filter: { ...filter, sequenceFrom: tail.next, sequenceTo: Math.min(size, filter.sequenceTo ?? size) },
        order: 'ASC',
        count: EVENTS_A_BATCH,
        after: null,
      };
      const read = () => this.events.page(logId, query);
      const rows = await this.permission.read(request, logId, read).catch(() => null);
      if (rows === null) return;
      tail.next = rows.length < EVENTS_A_BATCH ? size + 1 : Number((rows.at(-1) as StoredEvent).sequence) + 1;
      if (rows.length > 0) yield rows.map(messageOf).join('');
    }
  }

  private isStillPermitted(request: AuthenticatedRequest): Promise<boolean> {
    return this.permission.demand(request).then(
      () => true,
      () => false,
    );
  }
}

/** Written once for all who are sent the event. */
const messages = new WeakMap<StoredEvent, string>();

function messageOf(row: StoredEvent): string {
  const known = messages.get(row);
  if (known !== undefined) return known;
  const message = `id: ${row.sequence}\nevent: ${row.action}\ndata: ${JSON.stringify(eventOf(row))}\n\n`;
  messages.set(row, message);
  return message;
}

function lastEventIdOf(request: AuthenticatedRequest): number | null {
  const header = request.headers['last-event-id'];
  if (header === undefined || header === '') return null;
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw new DomainError('input.invalid', 'The input is not valid.', {
    issues: [{ loc: ['header', 'last-event-id'], msg: 'Input should be a sequence', type: 'int_parsing' }],
  });
}
