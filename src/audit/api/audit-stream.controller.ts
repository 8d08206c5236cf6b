import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { ManagedByBusiness } from '../../auth/managed.decorator.js';
import { AuditFilterDto } from './audit-query.dto.js';
import { LongAnswer } from './long-answer.guard.js';
import { AuditStreamService } from './audit-stream.service.js';

@ApiTags('audit')
@ManagedByBusiness('rescind:audit:read')
@Controller('api/v1/audit')
export class AuditStreamController {
  constructor(private readonly streams: AuditStreamService) {}

  @Get('stream')
  @LongAnswer('streams')
  @ApiOperation({
    operationId: 'streamAuditEvents',
    summary: 'Follow the log live',
    description:
      'Server-sent events: `id` is the sequence, `event` the action, `data` the event. Begins now, or at `sequence_from`, or after `Last-Event-ID`, without a gap. Ends when the token is revoked or expires.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Sequence of the last event that arrived.',
  })
  @ApiOkResponse({
    description: 'The events as they come.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  async stream(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: AuditFilterDto,
    @Req() request: AuthenticatedRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const stream = await this.streams.open(caller, query, request);
    void reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('x-accel-buffering', 'no')
      .send(stream);
  }
}
