import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuthModule } from '../auth/auth.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { hygieneConfig } from '../config/hygiene.config.js';
import { usageConfig } from '../config/usage.config.js';
import { BusinessesModule } from '../directory/businesses/businesses.module.js';
import { InsightModule } from '../insight/insight.module.js';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { VerifiersModule } from '../verifiers/verifiers.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { HygieneReportController } from './hygiene-report.controller.js';
import { HygieneReportService } from './hygiene-report.service.js';
import { HygieneRounds } from './hygiene-rounds.js';
import { Notices } from './notices.js';
import { NoticesRepository } from './notices.repository.js';
import { OwnerCountsRepository } from './owner-counts.repository.js';
import { OverScopedCountsRepository } from './over-scoped-counts.repository.js';
import { OverScopedFinding } from './over-scoped-finding.js';

/** What becomes of tokens with time: what the log is told of it, what policies end, and the report. */
@Module({
  imports: [
    ConfigModule.forFeature(hygieneConfig),
    ConfigModule.forFeature(usageConfig),
    AuthModule,
    BusinessesModule,
    ChangesModule,
    InsightModule,
    RevocationsModule,
    TokensModule,
    VerifiersModule,
  ],
  controllers: [HygieneReportController],
  providers: [
    HygieneReportService,
    HygieneRounds,
    Notices,
    NoticesRepository,
    OverScopedCountsRepository,
    OverScopedFinding,
    OwnerCountsRepository,
  ],
})
export class HygieneModule {}
