import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { WorkersModule } from '../common/workers/workers.module.js';
import { metricsConfig } from '../config/metrics.config.js';
import { VerifiersModule } from '../verifiers/verifiers.module.js';
import { VerificationModule } from '../verification/verification.module.js';
import { VerifierStreamModule } from '../verifier-stream/verifier-stream.module.js';
import { AuditMetrics } from './audit-metrics.js';
import { ClusterMetrics } from './cluster-metrics.js';
import { DatabaseGauges } from './database-gauges.repository.js';
import { MetricsAccess } from './metrics-access.js';
import { MetricsServer } from './metrics-server.js';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics.controller.js';
import { RevocationMetrics } from './revocation-metrics.js';

@Module({
  imports: [
    ConfigModule.forFeature(metricsConfig),
    AuditModule,
    AuthModule,
    ChangesModule,
    VerifiersModule,
    VerificationModule,
    VerifierStreamModule,
    WorkersModule,
  ],
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
