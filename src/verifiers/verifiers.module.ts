import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { databaseConfig } from '../config/database.config.js';
import { revocationConfig } from '../config/revocation.config.js';
import { ReachedDatabaseModule } from '../database/reached-database.module.js';
import { Barrier } from './barrier.js';
import { ClientVerifiers } from './client-verifiers/client-verifiers.js';
import { DatabaseClock } from './database-clock.js';
import { Housekeeping } from './housekeeping.js';
import { Registry } from './registry.js';
import { RestartGrace } from './restart-grace.js';
import { VerifierConnection } from './verifier-connection.js';
import { VerifierCountsRepository } from './verifier-counts.repository.js';
import { Verifier } from './verifier.js';

/** What makes a revocation immediate everywhere: feed, lease, registry and barrier. */
@Module({
  imports: [
    ReachedDatabaseModule,
    ConfigModule.forFeature(revocationConfig),
    ConfigModule.forFeature(databaseConfig),
  ],
  providers: [
    Barrier,
    ClientVerifiers,
    DatabaseClock,
    Housekeeping,
    Registry,
    RestartGrace,
    Verifier,
    VerifierConnection,
    VerifierCountsRepository,
  ],
  exports: [Barrier, ClientVerifiers, DatabaseClock, Verifier, VerifierCountsRepository],
})
export class VerifiersModule {}
