import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuditModule } from '../audit/audit.module.js';
import { AuditTrailModule } from '../audit/trail/audit-trail.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { httpConfig } from '../config/http.config.js';
import { DatabaseModule } from '../database/database.module.js';
import { BusinessesModule } from '../directory/businesses/businesses.module.js';
import { IdentitiesModule } from '../directory/identities/identities.module.js';
import { MembersModule } from '../directory/members/members.module.js';
import { IntegrityModule } from '../integrity/integrity.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { VerificationModule } from '../verification/verification.module.js';
import { VerifiersModule } from '../verifiers/verifiers.module.js';
import { CutOffMarking } from './cut-offs/cut-off-marking.js';
import { CutOffTargets } from './cut-offs/cut-off-target.js';
import { CutOffsRepository } from './cut-offs/cut-offs.repository.js';
import { CutOffsService } from './cut-offs/cut-offs.service.js';
import { MarkingPace } from './cut-offs/marking-pace.js';
import { DerivedRevocation } from './derived/derived-revocation.js';
import { OneRevocation } from './one-revocation.js';
import { PolicyRevocation } from './policy-revocation.js';
import { RevocationProgress } from './progress/revocation-progress.js';
import { KeptBarriers } from './receipts/kept-barriers.js';
import { KeptBarriersRepository } from './receipts/kept-barriers.repository.js';
import { ReceiptSigning } from './receipts/receipt-signing.js';
import { RecordedReceipts } from './receipts/recorded-receipts.js';
import { RevocationBySecretService } from './revocation-by-secret.service.js';
import { RevocationsRepository } from './revocations.repository.js';
import { TokenRevocationService } from './token-revocation.service.js';

/**
 * The way of a revocation: from a token, an owner, a policy or a cut-off to the statement, the barrier and the
 * receipt.
 */
@Module({
  imports: [
    ConfigModule.forFeature(httpConfig),
    AuditModule,
    AuditTrailModule,
    BusinessesModule,
    ChangesModule,
    DatabaseModule,
    IdentitiesModule,
    IntegrityModule,
    MembersModule,
    SecretsModule,
    VerificationModule,
    VerifiersModule,
  ],
  providers: [
    CutOffMarking,
    CutOffTargets,
    CutOffsRepository,
    CutOffsService,
    DerivedRevocation,
    KeptBarriers,
    KeptBarriersRepository,
    MarkingPace,
    PolicyRevocation,
    ReceiptSigning,
    RecordedReceipts,
    RevocationBySecretService,
    RevocationProgress,
    OneRevocation,
    RevocationsRepository,
    TokenRevocationService,
  ],
  exports: [
    CutOffMarking,
    CutOffTargets,
    CutOffsService,
    KeptBarriers,
    PolicyRevocation,
    ReceiptSigning,
    RecordedReceipts,
    RevocationBySecretService,
    RevocationProgress,
    RevocationsRepository,
    TokenRevocationService,
  ],
})
export class RevocationsModule {}
