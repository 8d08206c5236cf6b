import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { BusinessesModule } from '../directory/businesses/businesses.module.js';
import { auditConfig } from '../config/audit.config.js';
import { httpConfig } from '../config/http.config.js';
import { policyConfig } from '../config/policy.config.js';
import { usageConfig } from '../config/usage.config.js';
import { DatabaseModule } from '../database/database.module.js';
import { IdentitiesModule } from '../directory/identities/identities.module.js';
import { MembersModule } from '../directory/members/members.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { IdempotencyKeysRepository } from './idempotency/idempotency-keys.repository.js';
import { Idempotency } from './idempotency/idempotency.js';
import { FoundTokensRepository } from './finding/found-tokens.repository.js';
import { NativeFindingService } from './finding/native-finding.service.js';
import { RecordedSearches } from './finding/recorded-searches.js';
import { TokenFindingController } from './finding/token-finding.controller.js';
import { TokenFindingService } from './finding/token-finding.service.js';
import { IssuersRepository } from './issuers.repository.js';
import { DialectScope } from './dialect-scope.js';
import { DerivedRevocation } from './derived/derived-revocation.js';
import { NativeTokensService } from './native-tokens.service.js';
import { OverviewController } from './overview/overview.controller.js';
import { OverviewRepository } from './overview/overview.repository.js';
import { OverviewService } from './overview/overview.service.js';
import { PlatformOverviewController } from './overview/platform-overview.controller.js';
import { OwnerLookup } from './owner-lookup.js';
import { OwnersRepository } from './owners.repository.js';
import { PolicyRevocation } from './policy-revocation.js';
import { PlatformTokensService } from './platform-tokens.service.js';
import { RevocationBySecretService } from './revocation-by-secret.service.js';
import { RevocationGroupCommit } from './revocation-batch/revocation-group-commit.js';
import { RevocationTransaction } from './revocation-batch/revocation-transaction.js';
import { RevocationProgress } from './progress/revocation-progress.js';
import { RenewalsRepository } from './renewals.repository.js';
import { RevocationsRepository } from './revocations.repository.js';
import { ReconciliationRepository } from './reconciliation/reconciliation.repository.js';
import { RevocationReconciliation } from './reconciliation/revocation-reconciliation.js';
import { KeptBarriers } from './receipts/kept-barriers.js';
import { KeptBarriersRepository } from './receipts/kept-barriers.repository.js';
import { CutOffMarking } from './cut-offs/cut-off-marking.js';
import { MarkingPace } from './cut-offs/marking-pace.js';
import { CutOffTargets } from './cut-offs/cut-off-target.js';
import { CutOffsRepository } from './cut-offs/cut-offs.repository.js';
import { CutOffsService } from './cut-offs/cut-offs.service.js';
import { RevocationAllowances } from './bulk-revocations/allowances.service.js';
import { BulkReceipts } from './bulk-revocations/bulk-receipts.service.js';
import { BulkRevocations } from './bulk-revocations/bulk-revocations.service.js';
import { NativeRevocationsService } from './bulk-revocations/native-revocations.service.js';
import { PlansRepository } from './bulk-revocations/plans.repository.js';
import { PlatformRevocationsController } from './bulk-revocations/platform-revocations.controller.js';
import { RevocationExecution } from './bulk-revocations/revocation-execution.js';
import { RevocationDeclining } from './bulk-revocations/revocation-declining.service.js';
import { RevocationPreviews } from './bulk-revocations/revocation-previews.service.js';
import { RevocationRecordsRepository } from './bulk-revocations/revocation-records.repository.js';
import { RevocationRecords } from './bulk-revocations/revocation-records.service.js';
import { RevocationRequestsRepository } from './bulk-revocations/revocation-requests.repository.js';
import { RevocationTermsService } from './bulk-revocations/revocation-terms.js';
import { RevocationsController } from './bulk-revocations/revocations.controller.js';
import { SelectionMarking } from './bulk-revocations/selection-marking.js';
import { RevocationLeftovers } from './bulk-revocations/revocation-leftovers.js';
import { RevocationLeftoversRepository } from './bulk-revocations/revocation-leftovers.repository.js';
import { SurveysRepository } from './bulk-revocations/surveys.repository.js';
import { TalliesRepository } from './bulk-revocations/tallies.repository.js';
import { KeyedCalls } from './idempotency/keyed-calls.js';
import { ReceiptSigning } from './receipts/receipt-signing.js';
import { ReceiptsController } from './receipts/receipts.controller.js';
import { RecordedReceipts } from './receipts/recorded-receipts.js';
import { ReceiptsService } from './receipts/receipts.service.js';
import { TokenIssuingService } from './token-issuing.service.js';
import { TokenRenewalService } from './token-renewal.service.js';
import { CutOffComparison } from './reconciliation/cut-off-comparison.js';
import { CutOffRowsRepository } from './reconciliation/cut-off-rows.repository.js';
import { StateReconciliation } from './reconciliation/state-reconciliation.js';
import { TokenAdoption } from './reconciliation/token-adoption.js';
import { SampledRowsRepository } from './reconciliation/sampled-rows.repository.js';
import { StateSampling } from './reconciliation/state-sampling.js';
import { StateRowsRepository } from './reconciliation/state-rows.repository.js';
import { TokenRevocationService } from './token-revocation.service.js';
import { TokenAddresses } from './token-addresses.js';
import { TokenRotationService } from './token-rotation.service.js';
import { TokensController } from './tokens.controller.js';
import { DeveloperScopesService } from './scopes/developer-scopes.service.js';
import { ScopeCatalogueService } from './scopes/scope-catalogue.service.js';
import { ScopesController } from './scopes/scopes.controller.js';
import { UsedScopesRepository } from './scopes/used-scopes.repository.js';
import { TokenPagesRepository } from './selection/token-pages.repository.js';
import { TokensRepository } from './tokens.repository.js';
import { TokensService } from './tokens.service.js';
import { PlatformUsageController } from './usage/platform-usage.controller.js';
import { UsageController } from './usage/usage.controller.js';
import { UsageReadsRepository } from './usage/usage-reads.repository.js';
import { UsageService } from './usage/usage.service.js';

/** Issue, list, read, change, rotate, revoke. */
@Module({
  imports: [
    ConfigModule.forFeature(auditConfig),
    ConfigModule.forFeature(policyConfig),
    ConfigModule.forFeature(httpConfig),
    ConfigModule.forFeature(usageConfig),
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
  controllers: [
    TokensController,
    ReceiptsController,
    TokenFindingController,
    RevocationsController,
    PlatformRevocationsController,
    UsageController,
    PlatformUsageController,
    OverviewController,
    ScopesController,
    PlatformOverviewController,
  ],
  providers: [
    BulkReceipts,
    BulkRevocations,
    NativeRevocationsService,
    PlansRepository,
    RevocationAllowances,
    RevocationExecution,
    RevocationDeclining,
    RevocationPreviews,
    RevocationRecords,
    RevocationRecordsRepository,
    RevocationRequestsRepository,
    RevocationTermsService,
    SelectionMarking,
    RevocationLeftovers,
    RevocationLeftoversRepository,
    SurveysRepository,
    TalliesRepository,
    KeyedCalls,
    CutOffMarking,
    MarkingPace,
    CutOffTargets,
    CutOffsRepository,
    CutOffsService,
    DialectScope,
    DerivedRevocation,
    RecordedReceipts,
    ReceiptSigning,
    ReceiptsService,
    Idempotency,
    KeptBarriers,
    KeptBarriersRepository,
    IdempotencyKeysRepository,
    IssuersRepository,
    FoundTokensRepository,
    NativeFindingService,
    NativeTokensService,
    RecordedSearches,
    TokenFindingService,
    OwnerLookup,
    OwnersRepository,
    PlatformTokensService,
    PolicyRevocation,
    RevocationBySecretService,
    RevocationGroupCommit,
    ReconciliationRepository,
    RevocationReconciliation,
    CutOffComparison,
    CutOffRowsRepository,
    StateReconciliation,
    StateRowsRepository,
    StateSampling,
    SampledRowsRepository,
    TokenAdoption,
    RevocationTransaction,
    RevocationProgress,
    RenewalsRepository,
    RevocationsRepository,
    TokenIssuingService,
    TokenRenewalService,
    TokenRevocationService,
    TokenAddresses,
    TokenRotationService,
    TokenPagesRepository,
    TokensRepository,
    TokensService,
    UsageReadsRepository,
    UsageService,
    OverviewRepository,
    OverviewService,
    DeveloperScopesService,
    ScopeCatalogueService,
    UsedScopesRepository,
  ],
  exports: [
    DialectScope,
    OwnerLookup,
    PlatformTokensService,
    PolicyRevocation,
    ReceiptsService,
    RevocationBySecretService,
    RevocationsRepository,
    TokenIssuingService,
    TokenRenewalService,
    TokenRevocationService,
    TokenRotationService,
    TokensRepository,
    TokensService,
    UsageReadsRepository,
  ],
})
export class TokensModule {}
