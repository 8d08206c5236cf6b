import { Module } from '@nestjs/common';
import { CosignaturesRepository } from '../proofs/cosignatures.repository.js';
import { CosignedCheckpoints } from '../proofs/cosigned-checkpoints.js';
import { InstalledPolicy } from '../proofs/installed-policy.js';
import { Proofs } from '../proofs/proofs.js';
import { ProvenTiles } from '../proofs/proven-tiles.js';
import { SealingModule } from '../sealing/sealing.module.js';
import { AllLogsWatch } from './all-logs-watch.js';
import { AllLogsRepository } from './all-logs.repository.js';
import { AuditEventsRepository } from './audit-events.repository.js';
import { DroppedEvents } from './dropped-events.repository.js';
import { GenuineEvents } from './genuine-events.js';
import { LogWatch } from './log-watch.js';
import { SearchBound } from './search-bound.js';

const PROVIDERS = [
  AllLogsRepository,
  AllLogsWatch,
  AuditEventsRepository,
  CosignaturesRepository,
  CosignedCheckpoints,
  DroppedEvents,
  GenuineEvents,
  InstalledPolicy,
  LogWatch,
  Proofs,
  ProvenTiles,
  SearchBound,
];

/** What was recorded, with what proves it. */
@Module({ imports: [SealingModule], providers: PROVIDERS, exports: [...PROVIDERS, SealingModule] })
export class ReadingModule {}
