export const VERIFIER_STATES = ['waiting', 'confirmed', 'waited_out'] as const;

/** Where one verifier stands while a revocation waits: it has yet to answer, has confirmed, or has lost its lease. */
export type VerifierState = (typeof VERIFIER_STATES)[number];

/** How far the wait for a committed transaction has got. */
export interface BarrierProgress {
  /** The verifiers that were registered when it had been committed, by the ids of their registration. */
  verifiers: { id: string; state: VerifierState }[];
  /** Client verifiers of these, as each had last reported. */
  clientVerifiers: number;
}

/**
 * Is told how far a wait has got, whenever that has changed. Must only note it: it is called where all revocations of the
 * process are waited for.
 */
export type BarrierWatch = (progress: BarrierProgress) => void;
