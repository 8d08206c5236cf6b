import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { BusinessesModule } from '../businesses/businesses.module.js';
import { httpConfig } from '../config/http.config.js';
import { policyConfig } from '../config/policy.config.js';
import { DatabaseModule } from '../database/database.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { MembersModule } from '../members/members.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { Idempotency } from './idempotency/idempotency.js';
import { BoundAddresses } from './token-auth/bound-addresses.js';
import { DialectScope } from './dialect-scope.js';
import { DerivedRevocation } from './derived/derived-revocation.js';
import { NativeTokensService } from './native-tokens.service.js';
import { OwnerLookup } from './owner-lookup.js';
import { PlatformTokensService } from './platform-tokens.service.js';
import { RevocationBySecretService } from './revocation-by-secret.service.js';
import { RevocationRides } from './rides/revocation-rides.js';
import { Ride } from './rides/ride.js';
import { TokenAuthService } from './token-auth/token-auth.service.js';
import { ReceiptsController } from './receipts.controller.js';
import { ReceiptsService } from './receipts.service.js';
import { TokenIssuingService } from './token-issuing.service.js';
import { TokenRenewalService } from './token-renewal.service.js';
import { TokenRevocationService } from './token-revocation.service.js';
import { TokenRotationService } from './token-rotation.service.js';
import { TokensController } from './tokens.controller.js';
import { TokensRepository } from './tokens.repository.js';
import { TokensService } from './tokens.service.js';

/** Issue, list, read, rename, rotate, revoke. */
@Module({
  imports: [
    ConfigModule.forFeature(policyConfig),
    ConfigModule.forFeature(httpConfig),
    AuditModule,
    AuthModule,
    BusinessesModule,
    ChangesModule,
    DatabaseModule,
    IdentitiesModule,
    MembersModule,
    RevocationModule,
    SecretsModule,
  ],
  controllers: [ReceiptsController, TokensController],
  providers: [
    BoundAddresses,
    DialectScope,
    DerivedRevocation,
    ReceiptsService,
    Idempotency,
    NativeTokensService,
    OwnerLookup,
    PlatformTokensService,
    RevocationBySecretService,
    RevocationRides,
    Ride,
    TokenAuthService,
    TokenIssuingService,
    TokenRenewalService,
    TokenRevocationService,
    TokenRotationService,
    TokensRepository,
    TokensService,
  ],
  exports: [
    DialectScope,
    OwnerLookup,
    PlatformTokensService,
    RevocationBySecretService,
    TokenAuthService,
    TokenIssuingService,
    TokenRenewalService,
    TokenRevocationService,
    TokenRotationService,
    TokensRepository,
    TokensService,
  ],
})
export class TokensModule {}
