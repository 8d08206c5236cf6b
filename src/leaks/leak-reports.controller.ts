import { Body, Controller, HttpCode, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdmissionInterceptor } from '../auth/admission.interceptor.js';
import { BearerGuard } from '../auth/bearer.guard.js';
import { CallLimitGuard } from '../auth/call-limit.guard.js';
import { CurrentCaller, type Caller } from '../auth/caller.js';
import { Revokes } from '../auth/revokes.decorator.js';
import { Refusals } from '../auth/route.decorator.js';
import { askerOf } from '../verification/presentation.js';
import { LeaksReceivedDto, ReportLeaksDto } from './leak-report.dto.js';
import { LeakResponseService, nameOf } from './leak-response.service.js';

@ApiTags('leaks')
@Controller('api/v1/leaks')
export class LeakReportsController {
  constructor(private readonly responses: LeakResponseService) {}

  @Post()
  @HttpCode(202)
  @UseGuards(BearerGuard, CallLimitGuard)
  @UseInterceptors(AdmissionInterceptor)
  @Revokes()
  @ApiBearerAuth('bearer')
  @ApiOperation({
    operationId: 'reportLeaks',
    summary: 'Report leaked secrets',
    description:
      'For scanners and whoever finds one: any good token may. Those that are secrets of tokens are revoked at once with what came from them, or their business is told, as it has chosen (`leak_policy`). The answer is the same for secrets of all businesses and for what is none.',
  })
  @ApiAcceptedResponse({ type: LeaksReceivedDto, description: 'All of them were handled.' })
  @Refusals(400, 401, 403, 413, 415, 422, 429, 500, 503)
  async reportLeaks(
    @CurrentCaller() caller: Caller,
    @Body() input: ReportLeaksDto,
  ): Promise<LeaksReceivedDto> {
    const reports = input.leaks.map(({ secret, url, source }) => ({
      secret,
      url: url ?? null,
      source: source ?? null,
    }));
    await this.responses.respond(reports, nameOf(caller), askerOf(caller.principal.businessId));
    return { received: reports.length };
  }
}
