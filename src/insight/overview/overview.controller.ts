import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type BusinessCaller, CurrentBusinessCaller } from '../../auth/caller.js';
import { BusinessRoute, PlatformRoute } from '../../auth/route.decorator.js';
import { OverviewDto } from './overview.dto.js';
import { OverviewService } from './overview.service.js';

@ApiTags('platform')
@PlatformRoute()
@Controller('api/v1/admin/overview')
export class PlatformOverviewController {
  constructor(private readonly overview: OverviewService) {}

  @Get()
  @ApiOperation({
    operationId: 'getPlatformOverview',
    summary: 'The tokens of all businesses and of the platform in numbers',
    description: 'As of a business. Of large numbers a count says the least that there are (`exceeded`).',
  })
  @ApiOkResponse({ type: OverviewDto, description: 'The numbers.' })
  get(): Promise<OverviewDto> {
    return this.overview.ofAll();
  }
}

@ApiTags('reports')
@Controller('api/v1/overview')
export class OverviewController {
  constructor(private readonly overview: OverviewService) {}

  @Get()
  @BusinessRoute('rescind:tokens:read')
  @ApiOperation({
    operationId: 'getOverview',
    summary: 'The tokens of the business in numbers',
    description:
      'Active tokens by state, what was issued and revoked by day, verdicts by hour, and the verifiers of the service. Administrators and auditors are told of all tokens of the business, others of their own. Of large numbers a count says the least that there are (`exceeded`).',
  })
  @ApiOkResponse({ type: OverviewDto, description: 'The numbers.' })
  get(@CurrentBusinessCaller() caller: BusinessCaller): Promise<OverviewDto> {
    return this.overview.ofBusiness(caller);
  }
}
