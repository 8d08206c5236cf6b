import { Controller, Get, Res } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Readiness } from './readiness.js';

export class LivenessDto {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}

export class CheckDto {
  @ApiProperty({ enum: ['up', 'down'] })
  status!: 'up' | 'down';

  /** What is wrong, in one sentence. */
  @ApiProperty({ type: String, nullable: true })
  detail!: string | null;
}

export class ReadinessDto {
  @ApiProperty({ enum: ['ok', 'error'] })
  status!: 'ok' | 'error';

  @ApiProperty({ type: CheckDto })
  database!: CheckDto;

  @ApiProperty({ type: CheckDto })
  migrations!: CheckDto;

  @ApiProperty({ type: CheckDto })
  audit!: CheckDto;

  /** Down while verdicts come from the database, because this verifier holds no lease. Not a reason to be unready. */
  @ApiProperty({ type: CheckDto })
  lease!: CheckDto;
}

@ApiTags('operations')
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
    summary: 'Whether it can do its work: database, schema, and an audit log that takes events',
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
