import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PlatformRoute, Refusals } from '../../auth/route.decorator.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import { UsageQueryDto } from './usage-query.dto.js';
import { TokenUsageDto, UsageDto } from './usage.dto.js';
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
