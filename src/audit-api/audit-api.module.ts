import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import {
  AuditEventsController,
  AuditExportController,
  AuditStreamController,
  PlatformAuditController,
} from './audit-events.controller.js';
import { AuditStreamService } from './audit-stream.service.js';
import { AuditEventsService, RecordedReads } from './audit-events.service.js';
import { AuditExportService } from './audit-export.service.js';
import { AuditFilterReader } from './audit-filter-reader.js';
import { AuditProofsController, PlatformAuditProofsController } from './audit-proofs.controller.js';
import { AuditProofsService } from './audit-proofs.service.js';
import { AuditRetentionController } from './audit-retention.controller.js';
import { AuditRetentionService } from './audit-retention.service.js';
import { LongAnswers } from './long-answers.js';

/** The HTTP API of the log. It needs auth, so it is a layer beside tokens, above the log itself. */
@Module({
  imports: [AuthModule],
  controllers: [
    AuditEventsController,
    AuditExportController,
    AuditProofsController,
    AuditRetentionController,
    AuditStreamController,
    PlatformAuditController,
    PlatformAuditProofsController,
  ],
  providers: [
    AuditEventsService,
    AuditExportService,
    AuditFilterReader,
    AuditProofsService,
    AuditRetentionService,
    AuditStreamService,
    LongAnswers,
    RecordedReads,
  ],
})
export class AuditApiModule {}
