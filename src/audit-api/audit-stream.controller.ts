import type { Readable } from 'node:stream';
import { applyDecorators, Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { CurrentBusinessCaller, CurrentCaller, type BusinessCaller, type Caller } from '../auth/caller.js';
import { BusinessRoute, PlatformRoute } from '../auth/route.decorator.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { AuditFilterDto, PlatformStreamQueryDto } from './audit-query.dto.js';
import { logIdOf } from './log-id.js';
import { LongAnswer } from './long-answer.guard.js';
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
    await this.send(caller, caller.businessId, query, request, reply);
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
    if (query.business_id === 'all') sendStream(await this.streams.openOfAll(caller, query, request), reply);
    else await this.send(caller, logIdOf(query.business_id) ?? PLATFORM_LOG, query, request, reply);
  }

  private async send(
    caller: Caller,
    logId: string,
    query: AuditFilterDto,
    request: AuthenticatedRequest,
    reply: FastifyReply,
  ): Promise<void> {
    sendStream(await this.streams.open(caller, logId, query, request), reply);
  }
}

function sendStream(stream: Readable, reply: FastifyReply): void {
  void reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('x-accel-buffering', 'no')
    .send(stream);
}
