import { Module } from '@nestjs/common';
import { Exports } from './export/exports.js';
import { LogReview } from './log-review.js';
import { CosignaturesRepository } from './proofs/cosignatures.repository.js';
import { CosignedCheckpoints, InstalledPolicy } from './proofs/cosigned-checkpoints.js';
import { Proofs } from './proofs/proofs.js';
import { ProvenTiles } from './proofs/proven-tiles.js';
import { AuditEventsRepository } from './reading/audit-events.repository.js';
import { DroppedEvents } from './reading/dropped-events.repository.js';
import { GenuineEvents } from './reading/genuine-events.js';
import { AllLogsWatch, LogWatch } from './reading/log-watch.js';
import { Retention, RetentionRounds } from './retention/retention-rounds.js';
import { RetentionArchive } from './retention/retention-archive.js';
import { RetentionRepository } from './retention/retention.repository.js';
import { SealingModule } from './sealing/sealing.module.js';
import { SinkCursors } from './sinks/sink-cursors.repository.js';
import { Sinks } from './sinks/sinks.js';
import { Anchoring, Anchors } from './witnesses/anchors.js';
import { AnchorsRepository } from './witnesses/anchors.repository.js';
import { Witnesses } from './witnesses/witnesses.js';

const OPEN = [
  AllLogsWatch,
  Anchors,
  AuditEventsRepository,
  DroppedEvents,
  Exports,
  GenuineEvents,
  LogReview,
  LogWatch,
  Proofs,
  RetentionRepository,
  RetentionRounds,
  Sinks,
  Witnesses,
];

/** The log below the HTTP routes: what was recorded, with what proves it; what becomes of it, and who else is told of it. */
@Module({
  imports: [SealingModule],
  providers: [
    ...OPEN,
    Anchoring,
    AnchorsRepository,
    CosignaturesRepository,
    CosignedCheckpoints,
    InstalledPolicy,
    ProvenTiles,
    Retention,
    RetentionArchive,
    SinkCursors,
  ],
  exports: [...OPEN, SealingModule],
})
export class AuditModule {}
