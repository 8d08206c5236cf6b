import { Module } from '@nestjs/common';
import { AuditTrailModule } from '../audit/trail/audit-trail.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { VerifiersModule } from '../verifiers/verifiers.module.js';
import { ChangeOutcomes } from './change-outcomes.js';
import { ChangeTransaction } from './change-transaction.js';
import { Changes } from './changes.js';
import { HolderWatch, Settled } from './settled.js';

const OPEN = [Changes, ChangeOutcomes, Settled];

/** Transactions in somebody's name. */
@Module({
  imports: [AuditTrailModule, DatabaseModule, VerifiersModule],
  providers: [...OPEN, ChangeTransaction, HolderWatch],
  exports: [...OPEN, DatabaseModule, VerifiersModule],
})
export class ChangesModule {}
