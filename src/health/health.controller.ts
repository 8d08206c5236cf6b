import { Rates } from '../admission/rates.js';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LivenessDto, ReadinessDto } from './health.dto.js';
import { Refusals } from '../auth/route.decorator.js';
import { HeldAnswers } from '../common/http/held-answers.js';
import { Readiness } from './readiness.js';

@ApiTags('operations')
@Refusals(400)
@Controller('health')
export class HealthController {
  private readonly held = new HeldAnswers();

  constructor(
    private readonly readiness: Readiness,
    private readonly rates: Rates,
  ) {}

  @Get('live')
  @ApiOperation({ operationId: 'isLive', summary: 'Whether the process runs' })
  @ApiOkResponse({ type: LivenessDto, description: 'It does.' })
  live(): LivenessDto {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'isReady',
    summary:
      'Whether it can do its work: database, schema, an audit log that can be written, revocations that can be confirmed, the secrets of its database',
  })
  @ApiOkResponse({ type: ReadinessDto, description: 'It can.' })
  @ApiServiceUnavailableResponse({
    type: ReadinessDto,
    description: 'It cannot; the failing check says why.',
  })
  async ready(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReadinessDto> {
    if (this.rates.use('readiness-questions', request.ip).isExceeded) await this.held.hold();
    const report = await this.readiness.check();
    void reply.status(report.status === 'ok' ? 200 : 503);
    return report;
  }
}
