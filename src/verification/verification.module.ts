import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuditModule } from '../audit/audit.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { auditConfig } from '../config/audit.config.js';
import { usageConfig } from '../config/usage.config.js';
import { verificationConfig } from '../config/verification.config.js';
import { VerifiersModule } from '../verifiers/verifiers.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { ChosenSecrets } from './chosen-secrets.js';
import { LastUsed } from './last-used.js';
import { UsesRepository } from './uses.repository.js';
import { RefusedUses } from './refused-uses.js';
import { RememberedCheck } from './remembered-check.js';
import { VerdictsRepository } from './verdicts.repository.js';
import { VerdictCounter } from './verdict-counter.js';
import { TokenProof } from './token-proof.js';
import { TokenUsage } from './usage/token-usage.js';
import { UsagePurge } from './usage/usage-purge.js';
import { UsageRepository } from './usage/usage.repository.js';
import { Verdicts } from './verdicts.js';

/** Verdicts: memory, database look-up, last use and usage. Its HTTP API is in verification-api.module.ts. */
@Module({
  imports: [
    ConfigModule.forFeature(auditConfig),
    ConfigModule.forFeature(usageConfig),
    ConfigModule.forFeature(verificationConfig),
    AuditModule,
    ChangesModule,
    VerifiersModule,
    SecretsModule,
  ],
  providers: [
    ChosenSecrets,
    LastUsed,
    RefusedUses,
    RememberedCheck,
    TokenProof,
    TokenUsage,
    UsagePurge,
    UsageRepository,
    UsesRepository,
    VerdictCounter,
    Verdicts,
    VerdictsRepository,
  ],
  exports: [
    ChosenSecrets,
    LastUsed,
    RefusedUses,
    TokenProof,
    TokenUsage,
    VerdictCounter,
    Verdicts,
    VerdictsRepository,
  ],
})
export class VerificationModule {}
