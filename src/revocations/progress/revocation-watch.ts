import type { BarrierWatch } from '../../lease/barrier-progress.js';

/** A revocation that is committed, and may not be in effect everywhere yet. */
export interface CommittedFacts {
  /** Of the token, or of the revocation of many. */
  id: string;
  revokedAt: Date;
  /** Where it stands in the log; null: retention has dropped that. */
  auditSequence: number | null;
}

/** Is told how a revocation takes effect, while its caller waits for that. Only notes it, and never throws. */
export interface RevocationWatch {
  /** It is committed, or an earlier one that was found is. Of several calls the first counts. */
  committed(facts: CommittedFacts): void;
  /** How far the verifiers are. It may be told this before it is told that the revocation is committed. */
  waiting: BarrierWatch;
}
