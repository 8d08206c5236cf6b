import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { MembersModule } from '../../members/members.module.js';
import { AuditModule } from '../audit.module.js';
import { AuditEventsController, PlatformAuditController } from './audit-events.controller.js';
import { AuditEventsService } from './audit-events.service.js';
import { AuditProofsController } from './audit-proofs.controller.js';
import { AuditProofsService } from './audit-proofs.service.js';
import { PlatformAuditProofsController } from './platform-audit-proofs.controller.js';
import { AuditFilterReader } from './audit-filter-reader.js';

/** The HTTP face of the log. It needs auth, so it stands beside tokens, above the log itself. */
@Module({
  imports: [AuditModule, AuthModule, MembersModule],
  controllers: [
    AuditEventsController,
    AuditProofsController,
    PlatformAuditController,
    PlatformAuditProofsController,
  ],
  providers: [AuditEventsService, AuditFilterReader, AuditProofsService],
})
export class AuditApiModule {}
