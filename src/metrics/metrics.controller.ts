import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusals } from '../auth/route.decorator.js';
import { ClusterMetrics } from './cluster-metrics.js';
import { MetricsAccess } from './metrics-server.js';

@ApiTags('operations')
@Refusals(400, 401, 404)
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: ClusterMetrics,
    private readonly access: MetricsAccess,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'readMetrics',
    summary: 'Prometheus metrics',
    description:
      'Of this process, or of all workers of its start, with the label `worker`. For whoever presents RESCIND_METRICS_TOKEN; without one they are here only with `RESCIND_METRICS_LISTEN=api`, for everybody. On an address of their own they are there, and not here.',
  })
  @ApiOkResponse({
    description: 'Text exposition format.',
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  async read(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.access.demandBesideApi(request.raw);
    void reply.header('content-type', this.metrics.contentType).send(await this.metrics.text());
  }
}
