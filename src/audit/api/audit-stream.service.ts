import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import type { BusinessCaller } from '../../auth/caller.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { AuditEventsRepository } from '../reading/audit-events.repository.js';
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

  private async *tail({ logId, filter, next, request, end }: Tail): AsyncGenerator<string> {
    yield `retry: ${RETRY_MS}\n\n`;
    while (!end.aborted) {
      const size = await this.watch.growth(logId, next - 1, KEEP_ALIVE_MS, end);
      if (!(await this.isStillPermitted(request))) return;
      if (size < next) yield ': still here\n\n';
      while (next <= size && !end.aborted) {
        const rows = await this.events.page(logId, {
          filter: { ...filter, sequenceFrom: next, sequenceTo: Math.min(size, filter.sequenceTo ?? size) },
          order: 'ASC',
          count: EVENTS_A_BATCH,
          after: null,
        });
        if (rows.length > 0) yield rows.map(messageOf).join('');
        next = rows.length < EVENTS_A_BATCH ? size + 1 : Number((rows.at(-1) as StoredEvent).sequence) + 1;
      }
    }
  }

  private isStillPermitted(request: AuthenticatedRequest): Promise<boolean> {
    return this.permission.demand(request).then(
      () => true,
      () => false,
    );
  }
}

function messageOf(row: StoredEvent): string {
  return `id: ${row.sequence}\nevent: ${row.action}\ndata: ${JSON.stringify(eventOf(row))}\n\n`;
}

function lastEventIdOf(request: AuthenticatedRequest): number | null {
  const header = request.headers['last-event-id'];
  if (header === undefined || header === '') return null;
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw new DomainError('input.invalid', 'The input is not valid.', {
    issues: [{ loc: ['header', 'last-event-id'], msg: 'Input should be a sequence', type: 'int_parsing' }],
  });
}
