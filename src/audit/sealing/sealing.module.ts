import { Module } from '@nestjs/common';
import { AuditTrailModule } from '../trail/audit-trail.module.js';
import { Adoption } from './adoption.js';
import { AppendedCheck, SealingRounds } from './sealing-rounds.js';
import { CheckpointNotes } from './checkpoint-notes.js';
import { CheckpointPublisher } from './checkpoint-publisher.js';
import { TreeSeals, TreeTrust } from './tree-trust.js';
import { IntegrityFaults } from './integrity-faults.js';
import { LogRowsRepository } from './log-rows.repository.js';
import { OpenFaultsRepository } from './open-faults.repository.js';
import { Sealer } from './sealer.js';
import { TreesRepository } from './trees.repository.js';

const OPEN = [
  Adoption,
  CheckpointNotes,
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
  providers: [...OPEN, AppendedCheck, CheckpointPublisher, SealingRounds, TreeSeals],
  exports: [...OPEN, AuditTrailModule],
})
export class SealingModule {}
