import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type BusinessCaller, CurrentBusinessCaller } from '../../auth/caller.js';
import { BusinessRoute, PlatformRoute, Refusals } from '../../auth/route.decorator.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import { TokenUsageDto, UsageDto, UsageQueryDto } from './usage.dto.js';
import { UsageService } from './usage.service.js';

@ApiTags('platform')
@PlatformRoute()
@Controller('api/v1/admin')
export class PlatformUsageController {
  constructor(private readonly usage: UsageService) {}

  @Get('usage')
  @ApiOperation({
    operationId: 'getPlatformUsage',
    summary: 'How the tokens of all businesses and of the platform were used',
    description: 'Verdicts by hour and outcome, summed up.',
  })
  @ApiOkResponse({ type: UsageDto, description: 'The usage.' })
  ofAll(@Query() query: UsageQueryDto): Promise<UsageDto> {
    return this.usage.ofAll(query);
  }

  @Get('tokens/:token_id/usage')
  @ApiOperation({
    operationId: 'getPlatformTokenUsage',
    summary: 'How a token of the platform was used, from where and with what',
  })
  @ApiOkResponse({ type: TokenUsageDto, description: 'Its usage; nothing, too, is an answer.' })
  @Refusals(404)
  ofToken(@UuidParam('token_id') tokenId: string, @Query() query: UsageQueryDto): Promise<TokenUsageDto> {
    return this.usage.ofPlatformToken(tokenId, query);
  }
}

@ApiTags('tokens')
@Controller('api/v1')
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  @Get('tokens/:token_id/usage')
  @BusinessRoute('rescind:tokens:read')
  @ApiOperation({
    operationId: 'getTokenUsage',
    summary: 'How a token was used, from where and with what',
    description:
      'Verdicts on it by hour and outcome, its own calls of this API among them, and the addresses and user agents that it was used with last. Some seconds old; a process that is killed takes what it had not written with it.',
  })
  @ApiOkResponse({ type: TokenUsageDto, description: 'Its usage; nothing, too, is an answer.' })
  @Refusals(404)
  ofToken(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('token_id') tokenId: string,
    @Query() query: UsageQueryDto,
  ): Promise<TokenUsageDto> {
    return this.usage.ofToken(caller, tokenId, query);
  }

  @Get('usage')
  @BusinessRoute('rescind:audit:read')
  @ApiOperation({
    operationId: 'getUsage',
    summary: 'How the tokens of the business were used',
    description: 'Verdicts on all of its tokens by hour and outcome. Needs the scope `rescind:audit:read`.',
  })
  @ApiOkResponse({ type: UsageDto, description: 'The usage.' })
  ofBusiness(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: UsageQueryDto,
  ): Promise<UsageDto> {
    return this.usage.ofBusiness(caller, query);
  }
}
