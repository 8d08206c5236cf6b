import { Module } from '@nestjs/common';
import { AuditTrail } from './audit-trail.js';
import { AuditWritability } from './audit-writability.js';

/** The ground floor of the log: recording, in the caller's transaction. */
@Module({ providers: [AuditTrail, AuditWritability], exports: [AuditTrail, AuditWritability] })
export class AuditTrailModule {}
