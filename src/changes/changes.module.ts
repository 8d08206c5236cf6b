import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuditTrailModule } from '../audit/trail/audit-trail.module.js';
import { databaseConfig } from '../config/database.config.js';
import { DatabaseModule } from '../database/database.module.js';
import { VerifiersModule } from '../verifiers/verifiers.module.js';
import { ChangeOutcomes } from './change-outcomes.js';
import { ChangeTransaction } from './change-transaction.js';
import { Changes } from './changes.js';
import { HolderWatch } from './holder-watch.js';
import { Settled } from './settled.js';

/** Transactions in somebody's name. */
@Module({
  imports: [ConfigModule.forFeature(databaseConfig), AuditTrailModule, DatabaseModule, VerifiersModule],
  providers: [Changes, ChangeOutcomes, ChangeTransaction, HolderWatch, Settled],
  exports: [Changes, ChangeOutcomes, Settled],
})
export class ChangesModule {}
