import { Module } from '@nestjs/common';
import { RevokeLane } from './revoke-lane.js';

/** How the sessions of this process are shared; the DataSources themselves are global (src/app/database-sessions.ts). */
@Module({
  providers: [RevokeLane],
  exports: [RevokeLane],
})
export class DatabaseModule {}
