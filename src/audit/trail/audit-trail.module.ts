import { Module } from '@nestjs/common';
import { SecretsModule } from '../../secrets/secrets.module.js';
import { AppendedEvents } from './appended-events.js';
import { AuditTrail } from './audit-trail.js';
import { AuditWritability } from './audit-writability.js';
import { EventMacs, HeadMacs } from './event-macs.js';

const PROVIDERS = [AppendedEvents, AuditTrail, AuditWritability, EventMacs, HeadMacs];

/** The lowest layer of the log: recording, in the caller's transaction. */
@Module({
  imports: [SecretsModule],
  providers: PROVIDERS,
  exports: [...PROVIDERS, SecretsModule],
})
export class AuditTrailModule {}
