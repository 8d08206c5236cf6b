import { Module } from '@nestjs/common';
import { TokensModule } from '../tokens/tokens.module.js';
import { FoundTokensRepository } from './finding/found-tokens.repository.js';
import { TokenFindingController } from './finding/token-finding.controller.js';
import { TokenFindingService } from './finding/token-finding.service.js';
import { OverviewController, PlatformOverviewController } from './overview/overview.controller.js';
import { OverviewRepository } from './overview/overview.repository.js';
import { OverviewService } from './overview/overview.service.js';
import { DeveloperScopesService } from './scopes/developer-scopes.service.js';
import { ScopeCatalogueService } from './scopes/scope-catalogue.service.js';
import { ScopesController } from './scopes/scopes.controller.js';
import { UsedScopesRepository } from './scopes/used-scopes.repository.js';
import { PlatformUsageController, UsageController } from './usage/usage.controller.js';
import { UsageReadsRepository } from './usage/usage-reads.repository.js';
import { UsageService } from './usage/usage.service.js';

/** Reads that help people decide: the overview, usage, whose a secret is, and the scopes in use. */
@Module({
  imports: [TokensModule],
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
    OverviewRepository,
    OverviewService,
    ScopeCatalogueService,
    TokenFindingService,
    UsageReadsRepository,
    UsageService,
    UsedScopesRepository,
  ],
  exports: [TokensModule, UsageReadsRepository],
})
export class InsightModule {}
