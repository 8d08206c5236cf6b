import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { PassportModule } from '@nestjs/passport';
import { BusinessesModule } from '../directory/businesses/businesses.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { Issuer } from '../common/http/issuer.js';
import { httpConfig } from '../config/http.config.js';
import { policyConfig } from '../config/policy.config.js';
import { DatabaseModule } from '../database/database.module.js';
import { VerificationModule } from '../verification/verification.module.js';
import { Authenticator } from './authenticator.js';
import { BearerStrategy } from './bearer.strategy.js';
import { CrossSiteWall } from './cross-site-wall.js';
import { BusinessGuard } from './business.guard.js';
import { CallLimits } from './call-limits.js';
import { DenialRecorder } from './denial-recorder.js';
import { FailedAuthenticationRecorder } from './failed-authentication-recorder.js';
import { FailedAuthentications } from './failed-authentications.js';
import { PresentedSecrets } from './presented-secrets.js';
import { ScopeDemands } from './scope-demands.js';
import { SettledRefusals } from './settled-refusals.js';

/** Who calls, and what they may do. */
@Module({
  imports: [
    ConfigModule.forFeature(httpConfig),
    ConfigModule.forFeature(policyConfig),
    PassportModule,
    BusinessesModule,
    ChangesModule,
    DatabaseModule,
    VerificationModule,
  ],
  providers: [
    Authenticator,
    BearerStrategy,
    BusinessGuard,
    CallLimits,
    CrossSiteWall,
    DenialRecorder,
    FailedAuthenticationRecorder,
    FailedAuthentications,
    Issuer,
    PresentedSecrets,
    ScopeDemands,
    SettledRefusals,
  ],
  exports: [
    Authenticator,
    BusinessGuard,
    BusinessesModule,
    CallLimits,
    ChangesModule,
    CrossSiteWall,
    DatabaseModule,
    DenialRecorder,
    FailedAuthenticationRecorder,
    FailedAuthentications,
    Issuer,
    PresentedSecrets,
    ScopeDemands,
    SettledRefusals,
    VerificationModule,
  ],
})
export class AuthModule {}
