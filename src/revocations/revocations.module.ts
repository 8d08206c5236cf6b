import { Module } from '@nestjs/common';
import { DirectoryModule } from '../directory/directory.module.js';
import { IntegrityModule } from '../integrity/integrity.module.js';
import { CutOffMarking } from './cut-offs/cut-off-marking.js';
import { CutOffsRepository } from './cut-offs/cut-offs.repository.js';
import { CutOffsService } from './cut-offs/cut-offs.service.js';
import { MarkingPace } from './cut-offs/marking-pace.js';
import { DerivedRevocation } from './derived/derived-revocation.js';
import { OneRevocation } from './one-revocation.js';
import { PolicyRevocation } from './policy-revocation.js';
import { RevocationProgress } from './progress/revocation-progress.js';
import { KeptBarriers } from './receipts/kept-barriers.repository.js';
import { ReceiptSigning } from './receipts/receipt-signing.js';
import { RecordedAnswers } from './receipts/recorded-answers.js';
import { RevocationBySecretService } from './revocation-by-secret.service.js';
import { RevocationsRepository } from './revocations.repository.js';
import { TokenRevocationService } from './token-revocation.service.js';

const OPEN = [
  CutOffMarking,
  CutOffsService,
  KeptBarriers,
  PolicyRevocation,
  ReceiptSigning,
  RecordedAnswers,
  RevocationBySecretService,
  RevocationProgress,
  RevocationsRepository,
  TokenRevocationService,
];

/**
 * The way of a revocation: from a token, an owner, a policy or a cut-off to the statement, the barrier and the
 * receipt.
 */
@Module({
  imports: [DirectoryModule, IntegrityModule],
  providers: [...OPEN, CutOffsRepository, DerivedRevocation, MarkingPace, OneRevocation],
  exports: [...OPEN, DirectoryModule, IntegrityModule],
})
export class RevocationsModule {}
