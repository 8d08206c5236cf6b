import { monotonicMs } from './monotonic.js';
import type { BarrierFacts } from './receipt.js';

/** One committed transaction that waits until no verifier can answer from before it. */
export class BarrierEntry {
  readonly startedAtMs = monotonicMs();
  readonly settled: Promise<BarrierFacts>;
  readonly transaction: bigint;
  /** Whether the verifiers have been woken for it. */
  nudged = false;
  registered: number | null = null;
  private readonly waitedOut = new Set<string>();
  private resolve!: (facts: BarrierFacts) => void;
  reject!: (error: Error) => void;

  /** @param databaseRevision of the sessions of this process, as it is now (ReachedDatabase) */
  constructor(
    readonly text: string,
    readonly databaseRevision: number,
  ) {
    this.transaction = BigInt(text);
    this.settled = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  countWaitedOut(verifierId: string): void {
    this.waitedOut.add(verifierId);
  }

  finish(): void {
    const registered = this.registered ?? 0;
    const waitedOut = Math.min(this.waitedOut.size, registered);
    this.resolve({
      verifiers_registered: registered,
      verifiers_acknowledged: registered - waitedOut,
      verifiers_waited_out: waitedOut,
      duration_ms: Math.round((monotonicMs() - this.startedAtMs) * 100) / 100,
    });
  }
}
