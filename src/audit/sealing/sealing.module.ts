import { Module } from '@nestjs/common';
import { AuditTrailModule } from '../trail/audit-trail.module.js';
import { Adoption } from './adoption.js';
import { AppendedCheck } from './appended-check.js';
import { CheckpointNotes } from './checkpoint-notes.js';
import { CheckpointPublisher } from './checkpoint-publisher.js';
import { HeadCheck } from './head-check.js';
import { IntegrityFaults } from './integrity-faults.js';
import { LogRowsRepository } from './log-rows.repository.js';
import { MissedPublications } from './missed-publications.js';
import { OpenFaultsRepository } from './open-faults.repository.js';
import { Sealer } from './sealer.js';
import { SealingRounds } from './sealing-rounds.js';
import { TreeSeals } from './tree-seals.js';
import { TreeTrust } from './tree-trust.js';
import { TreesRepository } from './trees.repository.js';

const OPEN = [
  Adoption,
  CheckpointNotes,
  HeadCheck,
  IntegrityFaults,
  LogRowsRepository,
  OpenFaultsRepository,
  Sealer,
  TreesRepository,
  TreeTrust,
];

/** Trees over what was recorded, their checkpoints, and the faults that are found while they grow. */
@Module({
  imports: [AuditTrailModule],
  providers: [...OPEN, AppendedCheck, CheckpointPublisher, MissedPublications, SealingRounds, TreeSeals],
  exports: [...OPEN, AuditTrailModule],
})
export class SealingModule {}
