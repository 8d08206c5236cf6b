import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { databaseConfig } from '../config/database.config.js';
import { revocationConfig } from '../config/revocation.config.js';
import { Barrier } from './barrier.js';
import { DatabaseClock } from './database-clock.js';
import { Housekeeping } from './housekeeping.js';
import { Registry } from './registry.js';
import { Verifier } from './verifier.js';

/** What makes a revocation immediate everywhere: feed, lease, registry and barrier. */
@Module({
  imports: [ConfigModule.forFeature(revocationConfig), ConfigModule.forFeature(databaseConfig)],
  providers: [Barrier, DatabaseClock, Housekeeping, Registry, Verifier],
  exports: [Barrier, DatabaseClock, Verifier],
})
export class RevocationModule {}
