import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuthModule } from '../../auth/auth.module.js';
import { ChangesModule } from '../../changes/changes.module.js';
import { policyConfig } from '../../config/policy.config.js';
import { MembersModule } from '../../members/members.module.js';
import { AuditModule } from '../audit.module.js';
import { AuditEventsController, PlatformAuditController } from './audit-events.controller.js';
import { AuditEventsService } from './audit-events.service.js';
import { AuditExportController } from './audit-export.controller.js';
import { AuditExportService } from './audit-export.service.js';
import { AuditFilterReader } from './audit-filter-reader.js';
import { AuditProofsController } from './audit-proofs.controller.js';
import { AuditProofsService } from './audit-proofs.service.js';
import { AuditRetentionController } from './audit-retention.controller.js';
import { AuditRetentionService } from './audit-retention.service.js';
import { AuditStreamController } from './audit-stream.controller.js';
import { AuditStreamService } from './audit-stream.service.js';
import { LongAnswerLimits } from './long-answer-limits.js';
import { OpenStreams } from './open-streams.js';
import { PlatformAuditProofsController } from './platform-audit-proofs.controller.js';
import { StandingPermission } from './standing-permission.js';

/** The HTTP face of the log. It needs auth, so it stands beside tokens, above the log itself. */
@Module({
  imports: [ConfigModule.forFeature(policyConfig), AuditModule, AuthModule, ChangesModule, MembersModule],
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
    LongAnswerLimits,
    OpenStreams,
    StandingPermission,
  ],
})
export class AuditApiModule {}
