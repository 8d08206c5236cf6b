/** What a revocation waited for, as shown in its answer. */
export interface BarrierFacts {
  /** Verifiers that were registered when the revocation had been committed. */
  verifiers_registered: number;
  /** Of these, how many confirmed that they refuse the token. */
  verifiers_acknowledged: number;
  /** Of these, how many did not: their lease had ended, or they had deregistered. */
  verifiers_waited_out: number;
  /**
   * Client verifiers of the registered verifiers, as each had last reported: at most a quarter of a lease earlier.
   */
  client_verifiers: number;
  /** From commit to the last confirmation. */
  duration_ms: number;
  /** The verifiers that confirmed, and those that were waited out, by the ids of their registration. */
  acknowledged: string[];
  waited_out: string[];
}
