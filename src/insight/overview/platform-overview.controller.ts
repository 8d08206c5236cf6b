import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PlatformRoute } from '../../auth/route.decorator.js';
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
