import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { AuditTrailModule } from '../audit/trail/audit-trail.module.js';
import { BusinessesModule } from '../businesses/businesses.module.js';
import { VerificationModule } from '../verification/verification.module.js';
import { Authenticator } from './authenticator.js';
import { BearerStrategy } from './bearer.strategy.js';
import { BusinessGuard } from './business.guard.js';
import { DenialRecorder } from './denial-recorder.js';

/** Who calls, and what they may do. */
@Module({
  imports: [PassportModule, AuditTrailModule, BusinessesModule, VerificationModule],
  providers: [Authenticator, BearerStrategy, BusinessGuard, DenialRecorder],
  exports: [Authenticator, BusinessGuard, BusinessesModule, DenialRecorder, VerificationModule],
})
export class AuthModule {}
