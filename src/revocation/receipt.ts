/** What a revocation waited for, as its answer tells it. */
export interface BarrierFacts {
  /** Verifiers that were registered when the revocation had been committed. */
  verifiers_registered: number;
  /** Of these, how many confirmed that they refuse the token. */
  verifiers_acknowledged: number;
  /** Of these, how many answered nothing until their lease had run out. */
  verifiers_waited_out: number;
  /** From commit to the last confirmation. */
  duration_ms: number;
}
