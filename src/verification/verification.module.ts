import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { ChosenSecrets } from './chosen-secrets.js';
import { LastUsed } from './last-used.js';
import { RefusedUses } from './refused-uses.js';
import { RememberedCheck } from './remembered-check.js';
import { VerdictsRepository } from './verdicts.repository.js';
import { VerdictCounter } from './verdict-counter.js';
import { TokenProof } from './token-proof.js';
import { TokenUsage, UsagePurge } from './usage/token-usage.js';
import { UsageRepository } from './usage/usage.repository.js';
import { Verdicts } from './verdicts.js';

const OPEN = [
  ChosenSecrets,
  LastUsed,
  RefusedUses,
  TokenProof,
  TokenUsage,
  VerdictCounter,
  Verdicts,
  VerdictsRepository,
];

/** Verdicts: memory, database look-up, last use and usage. Its HTTP API is in verification-api.module.ts. */
@Module({
  imports: [AuditModule, ChangesModule],
  providers: [...OPEN, RememberedCheck, UsagePurge, UsageRepository],
  exports: [...OPEN, AuditModule, ChangesModule],
})
export class VerificationModule {}
