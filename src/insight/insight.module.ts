import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuthModule } from '../auth/auth.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { policyConfig } from '../config/policy.config.js';
import { usageConfig } from '../config/usage.config.js';
import { DatabaseModule } from '../database/database.module.js';
import { BusinessesModule } from '../directory/businesses/businesses.module.js';
import { IntegrityModule } from '../integrity/integrity.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { VerifiersModule } from '../verifiers/verifiers.module.js';
import { FoundTokensRepository } from './finding/found-tokens.repository.js';
import { NativeFindingService } from './finding/native-finding.service.js';
import { RecordedSearches } from './finding/recorded-searches.js';
import { TokenFindingController } from './finding/token-finding.controller.js';
import { TokenFindingService } from './finding/token-finding.service.js';
import { OverviewController } from './overview/overview.controller.js';
import { OverviewRepository } from './overview/overview.repository.js';
import { OverviewService } from './overview/overview.service.js';
import { PlatformOverviewController } from './overview/platform-overview.controller.js';
import { DeveloperScopesService } from './scopes/developer-scopes.service.js';
import { ScopeCatalogueService } from './scopes/scope-catalogue.service.js';
import { ScopesController } from './scopes/scopes.controller.js';
import { UsedScopesRepository } from './scopes/used-scopes.repository.js';
import { PlatformUsageController } from './usage/platform-usage.controller.js';
import { UsageReadsRepository } from './usage/usage-reads.repository.js';
import { UsageController } from './usage/usage.controller.js';
import { UsageService } from './usage/usage.service.js';

/** Reads that help people decide: the overview, usage, whose a secret is, and the scopes in use. */
@Module({
  imports: [
    ConfigModule.forFeature(policyConfig),
    ConfigModule.forFeature(usageConfig),
    AuthModule,
    BusinessesModule,
    ChangesModule,
    DatabaseModule,
    IntegrityModule,
    SecretsModule,
    TokensModule,
    VerifiersModule,
  ],
  controllers: [
    TokenFindingController,
    UsageController,
    PlatformUsageController,
    OverviewController,
    ScopesController,
    PlatformOverviewController,
  ],
  providers: [
    DeveloperScopesService,
    FoundTokensRepository,
    NativeFindingService,
    OverviewRepository,
    OverviewService,
    RecordedSearches,
    ScopeCatalogueService,
    TokenFindingService,
    UsageReadsRepository,
    UsageService,
    UsedScopesRepository,
  ],
  exports: [UsageReadsRepository],
})
export class InsightModule {}
