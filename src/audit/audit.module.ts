import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { auditConfig } from '../config/audit.config.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { Exports } from './export/exports.js';
import { AuditEventsRepository } from './reading/audit-events.repository.js';
import { DroppedEvents } from './reading/dropped-events.js';
import { LogWatch } from './reading/log-watch.js';
import { RetentionArchive } from './retention/retention-archive.js';
import { RetentionRounds } from './retention/retention-rounds.js';
import { Retention } from './retention/retention.js';
import { RetentionRepository } from './retention/retention.repository.js';
import { SearchReach } from './reading/search-reach.js';
import { CheckpointNotes } from './sealing/checkpoint-notes.js';
import { CheckpointPublisher } from './sealing/checkpoint-publisher.js';
import { MissedPublications } from './sealing/missed-publications.js';
import { Proofs } from './sealing/proofs.js';
import { Sealer } from './sealing/sealer.js';
import { SealingFaults } from './sealing/sealing-faults.js';
import { SealingRounds } from './sealing/sealing-rounds.js';
import { TreesRepository } from './sealing/trees.repository.js';
import { AuditTrailModule } from './trail/audit-trail.module.js';

/** The log below the HTTP routes: what was recorded, and its proofs. */
@Module({
  imports: [ConfigModule.forFeature(auditConfig), SecretsModule, AuditTrailModule],
  providers: [
    AuditEventsRepository,
    CheckpointNotes,
    CheckpointPublisher,
    DroppedEvents,
    Exports,
    LogWatch,
    MissedPublications,
    Proofs,
    Retention,
    RetentionArchive,
    RetentionRepository,
    RetentionRounds,
    Sealer,
    SealingFaults,
    SealingRounds,
    SearchReach,
    TreesRepository,
  ],
  exports: [
    AuditEventsRepository,
    AuditTrailModule,
    CheckpointNotes,
    DroppedEvents,
    Exports,
    LogWatch,
    Proofs,
    RetentionRepository,
    RetentionRounds,
    SealingFaults,
    SearchReach,
    SecretsModule,
    TreesRepository,
  ],
})
export class AuditModule {}
