/** What a revocation waited for, as its answer tells it. */
export interface BarrierFacts {
  /** Verifiers that were registered when the revocation had been committed. */
  verifiers_registered: number;
  /** Of these, how many confirmed that they refuse the token. */
  verifiers_acknowledged: number;
  /** Of these, how many did not: their lease had run out, or they had signed off. */
  verifiers_waited_out: number;
  /** Client verifiers that the registered ones answered for, as each had said last: a quarter of a lease before at most. */
  client_verifiers: number;
  /** From commit to the last confirmation. */
  duration_ms: number;
  /** The verifiers that confirmed, and those that were waited out, by the ids of their registration. */
  acknowledged: string[];
  waited_out: string[];
}
