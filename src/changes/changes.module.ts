import { Module } from '@nestjs/common';
import { AuditTrailModule } from '../audit/trail/audit-trail.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { Changes } from './changes.js';

/** Transactions in somebody's name. */
@Module({
  imports: [AuditTrailModule, DatabaseModule, RevocationModule],
  providers: [Changes],
  exports: [Changes],
})
export class ChangesModule {}
