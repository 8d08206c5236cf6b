import { Module } from '@nestjs/common';
import { AdministrationModule } from '../administration/administration.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { AdmissionService } from './accounts/admission.service.js';
import { MemberAccountsController } from './accounts/member-accounts.controller.js';
import { MemberAccountsService } from './accounts/member-accounts.service.js';
import { BackChannelLogoutController, OidcSignInController } from './oidc-sign-in.controller.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { OidcAttempts, OidcSignInService } from './oidc-sign-in.service.js';
import { PersonSessionsService } from './person-sessions.service.js';
import { ProviderSignInWay } from './provider-sign-in-way.js';
import { OidcProviders } from './providers/oidc-providers.js';
import { RecoveryCodesRepository } from './recovery/recovery-codes.repository.js';
import { RecoveryController } from './recovery/recovery.controller.js';
import { RecoveryService } from './recovery/recovery.service.js';
import { SignedOutService } from './signed-out.service.js';
import { UsedOnceRepository } from './used-once.repository.js';

/** People sign in with their OpenID provider, or with a recovery code when that is none. */
@Module({
  imports: [AdministrationModule, SessionsModule],
  controllers: [
    BackChannelLogoutController,
    OidcSignInController,
    MemberAccountsController,
    RecoveryController,
  ],
  providers: [
    AdmissionService,
    FailedSignIns,
    MemberAccountsService,
    OidcAttempts,
    OidcProviders,
    OidcSignInService,
    PersonSessionsService,
    ProviderSignInWay,
    RecoveryCodesRepository,
    RecoveryService,
    SignedOutService,
    UsedOnceRepository,
  ],
})
export class SignInModule {}
