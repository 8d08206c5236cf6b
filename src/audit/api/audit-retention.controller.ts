import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentBusinessCaller, CurrentCaller, type BusinessCaller, type Caller } from '../../auth/caller.js';
import { ManagedByBusiness, ManagedByPlatform, Refusals } from '../../auth/managed.decorator.js';
import { PLATFORM_LOG } from '../trail/audit-draft.js';
import { RetentionDto, SetRetentionDto } from './audit-retention.dto.js';
import { AuditRetentionService } from './audit-retention.service.js';

const WHAT_IT_DOES =
  'Months that are wholly older are dropped, after an export if the platform keeps an archive; their leaf hashes stay, so that proofs go on to hold. Every change and every drop is an event.';

@ApiTags('audit')
@Controller('api/v1')
export class AuditRetentionController {
  constructor(private readonly retention: AuditRetentionService) {}

  @Get('audit/retention')
  @ManagedByBusiness('rescind:audit:read')
  @ApiOperation({ operationId: 'getAuditRetention', summary: 'How long the log of the business is kept' })
  @ApiOkResponse({ type: RetentionDto, description: 'The policy, and what was dropped.' })
  async ofBusiness(@CurrentBusinessCaller() { businessId }: BusinessCaller): Promise<RetentionDto> {
    return RetentionDto.from(await this.retention.get(businessId));
  }

  @Put('audit/retention')
  @ManagedByBusiness('rescind:business:admin')
  @ApiOperation({
    operationId: 'setAuditRetention',
    summary: 'Set how long the log of the business is kept',
    description: WHAT_IT_DOES,
  })
  @ApiOkResponse({ type: RetentionDto, description: 'The policy that holds now.' })
  @Refusals(413, 415)
  async setOfBusiness(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() { months }: SetRetentionDto,
  ): Promise<RetentionDto> {
    return RetentionDto.from(await this.retention.set(caller, caller.businessId, months));
  }

  @Get('admin/audit/retention')
  @ManagedByPlatform()
  @ApiOperation({
    operationId: 'getPlatformAuditRetention',
    summary: "How long the platform's own log is kept",
  })
  @ApiOkResponse({ type: RetentionDto, description: 'The policy, and what was dropped.' })
  async ofPlatform(): Promise<RetentionDto> {
    return RetentionDto.from(await this.retention.get(PLATFORM_LOG));
  }

  @Put('admin/audit/retention')
  @ManagedByPlatform()
  @ApiOperation({
    operationId: 'setPlatformAuditRetention',
    summary: "Set how long the platform's own log is kept",
    description: WHAT_IT_DOES,
  })
  @ApiOkResponse({ type: RetentionDto, description: 'The policy that holds now.' })
  @Refusals(413, 415)
  async setOfPlatform(
    @CurrentCaller() caller: Caller,
    @Body() { months }: SetRetentionDto,
  ): Promise<RetentionDto> {
    return RetentionDto.from(await this.retention.set(caller, PLATFORM_LOG, months));
  }
}
