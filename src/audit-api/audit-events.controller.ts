import type { Readable } from 'node:stream';
import { applyDecorators, Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type BusinessCaller, type Caller, CurrentBusinessCaller, CurrentCaller } from '../auth/caller.js';
import { BusinessRoute, PlatformRoute, Refusals } from '../auth/route.decorator.js';
import { TakesOwnTurns } from '../auth/takes-own-turns.decorator.js';
import { UuidParam } from '../common/uuid.pipe.js';
import { AuditEventDto, AuditPageDto, AuditSummaryDto } from './audit-event.dto.js';
import { AuditEventsService } from './audit-events.service.js';
import {
  AuditFilterDto,
  ExportQueryDto,
  ListEventsAcrossDto,
  ListEventsDto,
  logIdOf,
  PlatformExportQueryDto,
  PlatformStreamQueryDto,
  SummaryQueryDto,
} from './audit-query.dto.js';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { LongAnswer } from './long-answers.js';
import { AuditExportService, type ExportAnswer } from './audit-export.service.js';
import { AuditStreamService } from './audit-stream.service.js';

const WHAT_COMES =
  'Server-sent events: `id` is the sequence, `event` the action, `data` the event. Begins now, or at `sequence_from`, or after `Last-Event-ID`, without a gap. Ends when the token is revoked or expires: a page that waits for the end, as Swagger UI does, shows nothing until then; `curl -N` shows each event as it comes.';

const AnswersStream = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'Sequence of the last event that arrived.',
      schema: { type: 'string', pattern: '^\\d{0,15}$' },
    }),
    ApiOkResponse({
      description: 'The events as they come.',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    }),
  );

@ApiTags('audit')
@Controller('api/v1')
export class AuditStreamController {
  constructor(private readonly streams: AuditStreamService) {}

  @Get('audit/stream')
  @LongAnswer('streams')
  @BusinessRoute('rescind:audit:read')
  @ApiOperation({ operationId: 'streamAuditEvents', summary: 'Follow the log live', description: WHAT_COMES })
  @AnswersStream()
  async ofBusiness(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: AuditFilterDto,
    @Req() request: AuthenticatedRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendStream(await this.streams.open(caller, caller.businessId, query, request), reply);
  }

  @Get('admin/audit/stream')
  @LongAnswer('streams')
  @PlatformRoute()
  @ApiOperation({
    operationId: 'streamPlatformAuditEvents',
    summary: "Follow the platform's own log, that of a business, or all, live",
    description: `${WHAT_COMES} Of all logs each event comes at least once; \`id\` is the time in milliseconds, and a reader that resumes gets the last minute before it again, by time. New events come in the order of their log. A reader that cannot keep up is disconnected, and can resume.`,
  })
  @AnswersStream()
  async ofPlatform(
    @CurrentCaller() caller: Caller,
    @Query() query: PlatformStreamQueryDto,
    @Req() request: AuthenticatedRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const stream =
      query.business_id === 'all'
        ? await this.streams.openOfAll(caller, query, request)
        : await this.streams.open(caller, logIdOf(query.business_id) ?? PLATFORM_LOG, query, request);
    sendStream(stream, reply);
  }
}

function sendStream(stream: Readable, reply: FastifyReply): void {
  void reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('x-accel-buffering', 'no')
    .send(stream);
}

const TEXT = { schema: { type: 'string' } } as const;

const AnswersExport = (): MethodDecorator =>
  applyDecorators(
    ApiOkResponse({
      description:
        'The export, streamed. NDJSON ends with the checkpoint; verify it with `rescind audit verify`. An answer that broke off has no such end.',
      content: { 'application/x-ndjson': TEXT, 'text/csv': TEXT, 'application/gzip': TEXT },
    }),
  );

const send = ({ stream, headers }: ExportAnswer, reply: FastifyReply): FastifyReply =>
  reply.headers(headers).send(stream);

@ApiTags('audit')
@Controller('api/v1')
export class AuditExportController {
  constructor(private readonly exports: AuditExportService) {}

  @Get('audit/export')
  @LongAnswer('exports')
  @BusinessRoute('rescind:audit:read')
  @ApiOperation({ operationId: 'exportAuditLog', summary: 'Export the log of the business, with its proof' })
  @AnswersExport()
  async ofBusiness(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: ExportQueryDto,
    @Req() request: AuthenticatedRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    void send(await this.exports.export(caller, caller.businessId, query, request), reply);
  }

  @Get('admin/audit/export')
  @LongAnswer('exports')
  @PlatformRoute()
  @ApiOperation({
    operationId: 'exportPlatformAuditLog',
    summary: "Export the platform's own log or that of a business, with its proof, or the events of all logs",
  })
  @AnswersExport()
  async ofPlatform(
    @CurrentCaller() caller: Caller,
    @Query() query: PlatformExportQueryDto,
    @Req() request: AuthenticatedRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer =
      query.business_id === 'all'
        ? await this.exports.exportAll(caller, query, request)
        : await this.exports.export(caller, logIdOf(query.business_id) ?? PLATFORM_LOG, query, request);
    void send(answer, reply);
  }
}

/** The log of a business. */
@ApiTags('audit')
@BusinessRoute('rescind:audit:read')
@Controller('api/v1/audit')
export class AuditEventsController {
  constructor(private readonly events: AuditEventsService) {}

  @Get('events')
  @TakesOwnTurns()
  @ApiOperation({
    operationId: 'listAuditEvents',
    summary: 'Search the audit log of the business',
    description:
      'Reading the log is itself an event of it, `audit.read`. A search by reason, details, kind of actor or target, range of addresses, time, what is not wanted, or by several filters at once looks through at most 10,000 events a page: a page can come back short, or empty, while `has_next` says that the search goes on from its cursor.',
  })
  @ApiOkResponse({ type: AuditPageDto, description: 'One page.' })
  list(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: ListEventsDto,
  ): Promise<AuditPageDto> {
    return this.events.list(caller, caller.businessId, query);
  }

  @Get('events/:event_id')
  @TakesOwnTurns()
  @ApiOperation({ operationId: 'getAuditEvent', summary: 'Read an event' })
  @ApiOkResponse({ type: AuditEventDto, description: 'The event, as it was hashed.' })
  @Refusals(404)
  get(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('event_id') eventId: string,
  ): Promise<AuditEventDto> {
    return this.events.get(caller, eventId);
  }

  @Get('summary')
  @TakesOwnTurns()
  @ApiOperation({ operationId: 'summariseAuditLog', summary: 'Count events by day and action' })
  @ApiOkResponse({ type: AuditSummaryDto, description: 'The counts.' })
  summarise(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: SummaryQueryDto,
  ): Promise<AuditSummaryDto> {
    return this.events.summarise(caller, query);
  }
}

/** All logs, for administrators of the platform. */
@ApiTags('audit')
@PlatformRoute()
@Controller('api/v1/admin/audit')
export class PlatformAuditController {
  constructor(private readonly events: AuditEventsService) {}

  @Get('events')
  @TakesOwnTurns()
  @ApiOperation({
    operationId: 'listAuditEventsAcrossBusinesses',
    summary: 'Search the audit logs of all businesses and of the platform',
  })
  @ApiOkResponse({ type: AuditPageDto, description: 'One page, by time; by sequence for a single log.' })
  list(@CurrentCaller() caller: Caller, @Query() query: ListEventsAcrossDto): Promise<AuditPageDto> {
    return this.events.list(caller, logIdOf(query.business_id), query);
  }
}
