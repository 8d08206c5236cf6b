import { Module } from '@nestjs/common';
import { InsightModule } from '../insight/insight.module.js';
import { HygieneReportController } from './hygiene-report.controller.js';
import { HygieneReportService } from './hygiene-report.service.js';
import { HygieneRounds } from './hygiene-rounds.js';
import { NoticesRepository } from './notices.repository.js';
import { HygieneCountsRepository } from './hygiene-counts.repository.js';

/** What becomes of tokens with time: what the log is told of it, what policies end, and the report. */
@Module({
  imports: [InsightModule],
  controllers: [HygieneReportController],
  providers: [HygieneReportService, HygieneRounds, NoticesRepository, HygieneCountsRepository],
})
export class HygieneModule {}
