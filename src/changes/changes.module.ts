import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuditTrailModule } from '../audit/trail/audit-trail.module.js';
import { databaseConfig } from '../config/database.config.js';
import { DatabaseModule } from '../database/database.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { ChangeOutcomes } from './change-outcomes.js';
import { Changes } from './changes.js';
import { HolderWatch } from './holder-watch.js';
import { SharedChanges } from './shared-changes.js';
import { SharedTransaction } from './shared-transaction.js';

/** Transactions in somebody's name. */
@Module({
  imports: [ConfigModule.forFeature(databaseConfig), AuditTrailModule, DatabaseModule, RevocationModule],
  providers: [Changes, ChangeOutcomes, HolderWatch, SharedChanges, SharedTransaction],
  exports: [Changes, ChangeOutcomes, HolderWatch, SharedChanges],
})
export class ChangesModule {}
