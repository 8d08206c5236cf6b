import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { AuditEventsController, PlatformAuditController } from './audit-events.controller.js';
import { AllLogsStream } from './all-logs-stream.js';
import { AuditEventsService } from './audit-events.service.js';
import { AuditExportController } from './audit-export.controller.js';
import { AuditExportService } from './audit-export.service.js';
import { AuditFilterReader } from './audit-filter-reader.js';
import { AuditProofsController, PlatformAuditProofsController } from './audit-proofs.controller.js';
import { AuditProofsService } from './audit-proofs.service.js';
import { AuditRetentionController } from './audit-retention.controller.js';
import { AuditRetentionService } from './audit-retention.service.js';
import { AuditStreamController } from './audit-stream.controller.js';
import { AuditStreamService } from './audit-stream.service.js';
import { LongAnswerTurns } from './long-answer-turns.js';
import { OpenStreams } from './open-streams.js';
import { PermissionRecheck } from './permission-recheck.js';
import { RecordedReads } from './recorded-reads.js';

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
    AllLogsStream,
    AuditEventsService,
    AuditExportService,
    AuditFilterReader,
    AuditProofsService,
    AuditRetentionService,
    AuditStreamService,
    LongAnswerTurns,
    OpenStreams,
    PermissionRecheck,
    RecordedReads,
  ],
})
export class AuditApiModule {}
