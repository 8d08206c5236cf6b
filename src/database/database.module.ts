import { Module } from '@nestjs/common';
import { ManagementAdmission } from './management-admission.js';
import { RevokeLane } from './revoke-lane.js';

const PROVIDERS = [ManagementAdmission, RevokeLane];

/** How the sessions of this process are shared; the DataSources themselves are global (src/app/database-sessions.ts). */
@Module({
  providers: PROVIDERS,
  exports: PROVIDERS,
})
export class DatabaseModule {}
