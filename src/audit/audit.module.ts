import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { auditSinksConfig } from '../config/audit-sinks.config.js';
import { auditConfig } from '../config/audit.config.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { AllLogsRepository } from './reading/all-logs.repository.js';
import { AllLogsWatch } from './reading/all-logs-watch.js';
import { AcrossExport } from './export/across-export.js';
import { Exports } from './export/exports.js';
import { AuditEventsRepository } from './reading/audit-events.repository.js';
import { DroppedEvents } from './reading/dropped-events.repository.js';
import { GenuineEvents } from './reading/genuine-events.js';
import { LogWatch } from './reading/log-watch.js';
import { ArchiveCheck } from './retention/archive-check.js';
import { RetentionArchive } from './retention/retention-archive.js';
import { RetentionRounds } from './retention/retention-rounds.js';
import { Retention } from './retention/retention.js';
import { RetentionRepository } from './retention/retention.repository.js';
import { SearchBound } from './reading/search-bound.js';
import { Adoption } from './sealing/adoption.js';
import { AppendedCheck } from './sealing/appended-check.js';
import { CheckpointNotes } from './sealing/checkpoint-notes.js';
import { CheckpointPublisher } from './sealing/checkpoint-publisher.js';
import { HeadCheck } from './sealing/head-check.js';
import { LogReview } from './sealing/log-review.js';
import { LogRowsRepository } from './sealing/log-rows.repository.js';
import { MissedPublications } from './sealing/missed-publications.js';
import { Proofs } from './sealing/proofs.js';
import { Sealer } from './sealing/sealer.js';
import { IntegrityFaults } from './sealing/integrity-faults.js';
import { OpenFaultsRepository } from './sealing/open-faults.repository.js';
import { SealingRounds } from './sealing/sealing-rounds.js';
import { TreeSeals } from './sealing/tree-seals.js';
import { TreeTrust } from './sealing/tree-trust.js';
import { TreesRepository } from './sealing/trees.repository.js';
import { ProvenTiles } from './sealing/proven-tiles.js';
import { SinkCursors } from './sinks/sink-cursors.repository.js';
import { Sinks } from './sinks/sinks.js';
import { AuditTrailModule } from './trail/audit-trail.module.js';
import { Anchoring } from './witnesses/anchoring.js';
import { Anchors } from './witnesses/anchors.js';
import { AnchorsRepository } from './witnesses/anchors.repository.js';
import { CosignaturesRepository } from './witnesses/cosignatures.repository.js';
import { CosignedCheckpoints } from './witnesses/cosigned-checkpoints.js';
import { InstalledPolicy } from './witnesses/installed-policy.js';
import { Witnesses } from './witnesses/witnesses.js';

/** The log below the HTTP routes: what was recorded, and its proofs. */
@Module({
  imports: [
    ConfigModule.forFeature(auditConfig),
    ConfigModule.forFeature(auditSinksConfig),
    SecretsModule,
    AuditTrailModule,
  ],
  providers: [
    AcrossExport,
    Adoption,
    AllLogsRepository,
    AllLogsWatch,
    Anchoring,
    Anchors,
    AnchorsRepository,
    AppendedCheck,
    ArchiveCheck,
    AuditEventsRepository,
    CheckpointNotes,
    CheckpointPublisher,
    CosignaturesRepository,
    CosignedCheckpoints,
    DroppedEvents,
    Exports,
    GenuineEvents,
    InstalledPolicy,
    HeadCheck,
    IntegrityFaults,
    LogReview,
    LogRowsRepository,
    LogWatch,
    MissedPublications,
    OpenFaultsRepository,
    Proofs,
    ProvenTiles,
    Retention,
    RetentionArchive,
    RetentionRepository,
    RetentionRounds,
    Sealer,
    SealingRounds,
    SearchBound,
    SinkCursors,
    Sinks,
    TreeSeals,
    TreesRepository,
    TreeTrust,
    Witnesses,
  ],
  exports: [
    Adoption,
    AcrossExport,
    AllLogsWatch,
    Anchors,
    AuditEventsRepository,
    AuditTrailModule,
    CheckpointNotes,
    DroppedEvents,
    Exports,
    GenuineEvents,
    IntegrityFaults,
    LogReview,
    LogWatch,
    OpenFaultsRepository,
    Proofs,
    RetentionRepository,
    RetentionRounds,
    SearchBound,
    SecretsModule,
    Sinks,
    TreesRepository,
    Witnesses,
  ],
})
export class AuditModule {}
