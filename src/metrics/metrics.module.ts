import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuditModule } from '../audit/audit.module.js';
import { metricsConfig } from '../config/metrics.config.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { VerificationModule } from '../verification/verification.module.js';
import { MetricsAccess } from './metrics-access.js';
import { MetricsServer } from './metrics-server.js';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics.controller.js';

@Module({
  imports: [ConfigModule.forFeature(metricsConfig), AuditModule, RevocationModule, VerificationModule],
  controllers: [MetricsController],
  providers: [Metrics, MetricsAccess, MetricsServer],
  exports: [Metrics],
})
export class MetricsModule {}
