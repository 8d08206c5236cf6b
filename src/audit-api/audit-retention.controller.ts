import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentBusinessCaller, CurrentCaller, type BusinessCaller, type Caller } from '../auth/caller.js';
import { BusinessRoute, PlatformRoute, Refusals } from '../auth/route.decorator.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { RetentionDto, SetRetentionDto } from './audit-retention.dto.js';
import { AuditRetentionService } from './audit-retention.service.js';

const WHAT_IT_DOES =
  'Months that are wholly older are dropped, after an export if the platform keeps an archive; their leaf hashes stay, so that proofs go on to hold. A policy that keeps less than what holds takes effect after a delay, 7 days unless the platform says otherwise, and is cancelled by setting the one that holds. Every change and every drop is an event.';

@ApiTags('audit')
@Controller('api/v1')
export class AuditRetentionController {
  constructor(private readonly retention: AuditRetentionService) {}

  @Get('audit/retention')
  @BusinessRoute('rescind:audit:read')
  @ApiOperation({ operationId: 'getAuditRetention', summary: 'How long the log of the business is kept' })
  @ApiOkResponse({ type: RetentionDto, description: 'The policy, and what was dropped.' })
  ofBusiness(@CurrentBusinessCaller() { businessId }: BusinessCaller): Promise<RetentionDto> {
    return this.retention.get(businessId);
  }

  @Put('audit/retention')
  @BusinessRoute('rescind:business:admin')
  @ApiOperation({
    operationId: 'setAuditRetention',
    summary: 'Set how long the log of the business is kept',
    description: WHAT_IT_DOES,
  })
  @ApiOkResponse({ type: RetentionDto, description: 'The policy, and when it takes effect.' })
  @Refusals(413, 415)
  setOfBusiness(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() { months }: SetRetentionDto,
  ): Promise<RetentionDto> {
    return this.retention.set(caller, caller.businessId, months);
  }

  @Get('admin/audit/retention')
  @PlatformRoute()
  @ApiOperation({
    operationId: 'getPlatformAuditRetention',
    summary: "How long the platform's own log is kept",
  })
  @ApiOkResponse({ type: RetentionDto, description: 'The policy, and what was dropped.' })
  ofPlatform(): Promise<RetentionDto> {
    return this.retention.get(PLATFORM_LOG);
  }

  @Put('admin/audit/retention')
  @PlatformRoute()
  @ApiOperation({
    operationId: 'setPlatformAuditRetention',
    summary: "Set how long the platform's own log is kept",
    description: WHAT_IT_DOES,
  })
  @ApiOkResponse({ type: RetentionDto, description: 'The policy, and when it takes effect.' })
  @Refusals(413, 415)
  setOfPlatform(@CurrentCaller() caller: Caller, @Body() { months }: SetRetentionDto): Promise<RetentionDto> {
    return this.retention.set(caller, PLATFORM_LOG, months);
  }
}
