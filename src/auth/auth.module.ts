import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { DirectoryModule } from '../directory/directory.module.js';
import { Issuer } from '../common/http/issuer.js';
import { VerificationModule } from '../verification/verification.module.js';
import { Authenticator } from './authenticator.js';
import { BearerStrategy } from './bearer.strategy.js';
import { CrossSiteWall } from './cross-site-wall.js';
import { BusinessGuard } from './business.guard.js';
import { DenialRecorder } from './denial-recorder.js';
import { FailedAuthenticationRecorder } from './failed-authentication-recorder.js';
import { PresentedSecrets } from './presented-secrets.js';
import { ScopeDemands } from './scope-demands.js';
import { SettledRefusals } from './settled-refusals.js';

const OPEN = [
  Authenticator,
  BusinessGuard,
  CrossSiteWall,
  DenialRecorder,
  FailedAuthenticationRecorder,
  Issuer,
  PresentedSecrets,
  ScopeDemands,
  SettledRefusals,
];

/** Who calls, and what they may do; with it comes what every API needs: verdicts, the log, changes, tenants. */
@Module({
  imports: [PassportModule, DirectoryModule, VerificationModule],
  providers: [...OPEN, BearerStrategy],
  exports: [...OPEN, DirectoryModule, VerificationModule],
})
export class AuthModule {}
