import { Module } from '@nestjs/common';
import { VerificationModule } from '../verification/verification.module.js';
import { CutOffComparison } from './state-comparison.js';
import { ReconciliationRepository } from './reconciliation.repository.js';
import { RevocationReconciliation } from './revocation-reconciliation.js';
import { StateRowsRepository } from './state-rows.repository.js';
import { StateReconciliation } from './state-reconciliation.js';
import { StateSampling } from './state-sampling.js';
import { StatedRevocations } from './stated-revocations.js';
import { TokenAdoption } from './token-adoption.js';

/**
 * Whether the rows of tokens are as the log has them: compared at every start, sampled afterwards, and what answers
 * state of a revocation.
 */
@Module({
  imports: [VerificationModule],
  providers: [
    CutOffComparison,
    ReconciliationRepository,
    RevocationReconciliation,
    StateReconciliation,
    StateRowsRepository,
    StateSampling,
    StatedRevocations,
    TokenAdoption,
  ],
  exports: [StatedRevocations, VerificationModule],
})
export class IntegrityModule {}
