import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { verificationConfig } from '../config/verification.config.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { ChosenSecrets } from './chosen-secrets.js';
import { LastUsed } from './last-used.js';
import { VerdictsRepository } from './verdicts.repository.js';
import { VerdictCounter } from './verdict-counter.js';
import { Verdicts } from './verdicts.js';

/** Verdicts: memory, database look-up, last-used. Its HTTP face is verification-api.module.ts, beside tokens. */
@Module({
  imports: [ConfigModule.forFeature(verificationConfig), RevocationModule, SecretsModule],
  providers: [ChosenSecrets, LastUsed, VerdictCounter, Verdicts, VerdictsRepository],
  exports: [ChosenSecrets, LastUsed, VerdictCounter, Verdicts, VerdictsRepository],
})
export class VerificationModule {}
