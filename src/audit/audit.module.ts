import { Module } from '@nestjs/common';
import { AcrossExport } from './export/across-export.js';
import { Exports } from './export/exports.js';
import { LogReview } from './log-review.js';
import { ReadingModule } from './reading/reading.module.js';
import { ArchiveCheck } from './retention/archive-check.js';
import { RetentionArchive } from './retention/retention-archive.js';
import { RetentionRounds } from './retention/retention-rounds.js';
import { Retention } from './retention/retention.js';
import { RetentionRepository } from './retention/retention.repository.js';
import { SinkCursors } from './sinks/sink-cursors.repository.js';
import { Sinks } from './sinks/sinks.js';
import { Anchoring } from './witnesses/anchoring.js';
import { Anchors } from './witnesses/anchors.js';
import { AnchorsRepository } from './witnesses/anchors.repository.js';
import { Witnesses } from './witnesses/witnesses.js';

const OPEN = [
  AcrossExport,
  Anchors,
  Exports,
  LogReview,
  RetentionRepository,
  RetentionRounds,
  Sinks,
  Witnesses,
];

/** The log below the HTTP routes: what becomes of what was recorded, and who else is told of it. */
@Module({
  imports: [ReadingModule],
  providers: [...OPEN, Anchoring, AnchorsRepository, ArchiveCheck, Retention, RetentionArchive, SinkCursors],
  exports: [...OPEN, ReadingModule],
})
export class AuditModule {}
