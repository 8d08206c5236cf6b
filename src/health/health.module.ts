import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AuditTrailModule } from '../audit/trail/audit-trail.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

@Module({
  imports: [TerminusModule, AuditTrailModule, RevocationModule],
  controllers: [HealthController],
  providers: [Readiness],
})
export class HealthModule {}
