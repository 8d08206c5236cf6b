import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { policyConfig } from '../config/policy.config.js';
import { DatabaseModule } from '../database/database.module.js';
import { MembersModule } from '../directory/members/members.module.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { IntegrityModule } from '../integrity/integrity.module.js';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { TokenPagesRepository } from '../token-rows/selection/token-pages.repository.js';
import { VerifiersModule } from '../verifiers/verifiers.module.js';
import { DialectScope } from './dialect-scope.js';
import { IssuersRepository } from './issuers.repository.js';
import { NativeTokensService } from './native-tokens.service.js';
import { OwnerLookup } from './owner-lookup.js';
import { OwnersRepository } from './owners.repository.js';
import { PlatformTokensService } from './platform-tokens.service.js';
import { ReceiptsController } from './receipts.controller.js';
import { ReceiptsService } from './receipts.service.js';
import { RenewalsRepository } from './renewals.repository.js';
import { TokenAddresses } from './token-addresses.js';
import { TokenIssuingService } from './token-issuing.service.js';
import { TokenRenewalService } from './token-renewal.service.js';
import { TokenRotationService } from './token-rotation.service.js';
import { TokensController } from './tokens.controller.js';
import { TokensRepository } from './tokens.repository.js';
import { TokensService } from './tokens.service.js';

/** Issue, list, read, change, rotate, renew, revoke. */
@Module({
  imports: [
    ConfigModule.forFeature(policyConfig),
    AuditModule,
    AuthModule,
    ChangesModule,
    DatabaseModule,
    IdempotencyModule,
    IntegrityModule,
    MembersModule,
    RevocationsModule,
    SecretsModule,
    VerifiersModule,
  ],
  controllers: [TokensController, ReceiptsController],
  providers: [
    DialectScope,
    IssuersRepository,
    NativeTokensService,
    OwnerLookup,
    OwnersRepository,
    PlatformTokensService,
    ReceiptsService,
    RenewalsRepository,
    TokenAddresses,
    TokenIssuingService,
    TokenPagesRepository,
    TokenRenewalService,
    TokenRotationService,
    TokensRepository,
    TokensService,
  ],
  exports: [
    DialectScope,
    PlatformTokensService,
    ReceiptsService,
    TokenIssuingService,
    TokenRenewalService,
    TokensRepository,
    TokensService,
  ],
})
export class TokensModule {}
