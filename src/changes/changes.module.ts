import { Module } from '@nestjs/common';
import { AuditTrailModule } from '../audit/trail/audit-trail.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { Changes } from './changes.js';
import { HolderWatch } from './holder-watch.js';

/** Transactions in somebody's name. */
@Module({
  imports: [AuditTrailModule, DatabaseModule, RevocationModule],
  providers: [Changes, HolderWatch],
  exports: [Changes, HolderWatch],
})
export class ChangesModule {}
