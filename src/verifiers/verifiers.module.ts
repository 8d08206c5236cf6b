import { Module } from '@nestjs/common';
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

const OPEN = [Barrier, ClientVerifiers, DatabaseClock, Verifier, VerifierCountsRepository];

/** What makes a revocation immediate everywhere: feed, lease, registry and barrier. */
@Module({
  imports: [ReachedDatabaseModule],
  providers: [...OPEN, Housekeeping, Registry, RestartGrace, VerifierConnection],
  exports: OPEN,
})
export class VerifiersModule {}
