import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentBusinessCaller, type BusinessCaller } from '../auth/caller.js';
import { BusinessRoute } from '../auth/route.decorator.js';
import { HygieneQueryDto, HygieneReportDto } from './hygiene-report.dto.js';
import { HygieneReportService } from './hygiene-report.service.js';

@ApiTags('reports')
@Controller('api/v1/reports')
export class HygieneReportController {
  constructor(private readonly reports: HygieneReportService) {}

  @Get('hygiene')
  @BusinessRoute('rescind:tokens:read')
  @ApiOperation({
    operationId: 'reportHygiene',
    summary:
      'List tokens that never expire, that nobody uses or that can do more than they are asked for, and owners with many',
    description:
      'Of the tokens that the caller may read, those that are active. Each finding is paged by itself: name it with its `next_cursor`.',
  })
  @ApiOkResponse({ type: HygieneReportDto, description: 'One page of each finding.' })
  report(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: HygieneQueryDto,
  ): Promise<HygieneReportDto> {
    return this.reports.report(caller, query);
  }
}
