import { Module } from '@nestjs/common';
import { InsightModule } from '../insight/insight.module.js';
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
  imports: [InsightModule],
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
