import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { LivenessDto, ReadinessDto } from './health.dto.js';
import { Refusals } from '../auth/managed.decorator.js';
import { Readiness } from './readiness.js';

@ApiTags('operations')
@Refusals(400)
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

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
      'Whether it can do its work: database, schema, an audit log that takes events, revocations that can be confirmed',
  })
  @ApiOkResponse({ type: ReadinessDto, description: 'It can.' })
  @ApiServiceUnavailableResponse({
    type: ReadinessDto,
    description: 'It cannot; the failing check says why.',
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessDto> {
    const report = await this.readiness.check();
    void reply.status(report.status === 'ok' ? 200 : 503);
    return report;
  }
}
