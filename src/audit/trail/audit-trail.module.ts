import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { auditConfig } from '../../config/audit.config.js';
import { SecretsModule } from '../../secrets/secrets.module.js';
import { AppendedEvents } from './appended-events.js';
import { AuditTrail } from './audit-trail.js';
import { AuditWritability } from './audit-writability.js';
import { EventMacs } from './event-macs.js';
import { HeadMacs } from './head-macs.js';

/** The lowest layer of the log: recording, in the caller's transaction. */
@Module({
  imports: [ConfigModule.forFeature(auditConfig), SecretsModule],
  providers: [AppendedEvents, AuditTrail, AuditWritability, EventMacs, HeadMacs],
  exports: [AppendedEvents, AuditTrail, AuditWritability, EventMacs, HeadMacs],
})
export class AuditTrailModule {}
