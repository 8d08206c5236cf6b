import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { TokenPagesRepository } from '../token-rows/selection/token-pages.repository.js';
import { DialectScope } from './dialect-scope.js';
import { NativeTokensService } from './native-tokens.service.js';
import { OwnersRepository } from './owners.repository.js';
import { PlatformTokensService } from './platform-tokens.service.js';
import { ReceiptsService } from './receipts.service.js';
import { RenewalsRepository } from './renewals.repository.js';
import { TokenIssuingService } from './token-issuing.service.js';
import { TokenRenewalService } from './token-renewal.service.js';
import { TokenRotationService } from './token-rotation.service.js';
import { TokensController } from './tokens.controller.js';
import { TokensRepository } from './tokens.repository.js';
import { TokensService } from './tokens.service.js';

const OPEN = [
  DialectScope,
  PlatformTokensService,
  ReceiptsService,
  TokenIssuingService,
  TokenRenewalService,
  TokensRepository,
  TokensService,
];

/** Issue, list, read, change, rotate, renew, revoke. */
@Module({
  imports: [AuthModule, IdempotencyModule, RevocationsModule],
  controllers: [TokensController],
  providers: [
    ...OPEN,
    NativeTokensService,
    OwnersRepository,
    RenewalsRepository,
    TokenPagesRepository,
    TokenRotationService,
  ],
  exports: [...OPEN, AuthModule, RevocationsModule],
})
export class TokensModule {}
