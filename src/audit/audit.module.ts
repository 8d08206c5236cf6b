import { Module } from '@nestjs/common';
import { AuditEventsRepository } from './reading/audit-events.repository.js';
import { AuditTrailModule } from './trail/audit-trail.module.js';

/** The log below the HTTP routes: what was recorded, and its proofs. */
@Module({
  imports: [AuditTrailModule],
  providers: [AuditEventsRepository],
  exports: [AuditEventsRepository, AuditTrailModule],
})
export class AuditModule {}
