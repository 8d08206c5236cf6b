import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentBusinessCaller, CurrentCaller, type BusinessCaller, type Caller } from '../auth/caller.js';
import { BusinessRoute, PlatformRoute, Refusals } from '../auth/route.decorator.js';
import { TakesOwnTurns } from '../auth/takes-own-turns.decorator.js';
import { UuidParam } from '../common/uuid.pipe.js';
import { AuditEventDto, AuditPageDto, AuditSummaryDto } from './audit-event.dto.js';
import { AuditEventsService } from './audit-events.service.js';
import { ListEventsAcrossDto, ListEventsDto, SummaryQueryDto } from './audit-query.dto.js';

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
    return this.events.list(caller, query);
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
    return this.events.listAcross(caller, query);
  }
}
