import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { WorkersModule } from '../common/workers/sibling-workers.js';
import { VerifierStreamModule } from '../verifier-stream/verifier-stream.module.js';
import { AuditMetrics } from './audit-metrics.js';
import { ClusterMetrics } from './cluster-metrics.js';
import { DatabaseGauges } from './database-gauges.repository.js';
import { MetricsAccess, MetricsServer } from './metrics-server.js';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics.controller.js';
import { RevocationMetrics } from './revocation-metrics.js';

@Module({
  imports: [AuthModule, VerifierStreamModule, WorkersModule],
  controllers: [MetricsController],
  providers: [
    AuditMetrics,
    ClusterMetrics,
    DatabaseGauges,
    Metrics,
    MetricsAccess,
    MetricsServer,
    RevocationMetrics,
  ],
  exports: [Metrics],
})
export class MetricsModule {}
