import { monotonicMs } from './monotonic.js';
import type { BarrierFacts } from './barrier-facts.js';
import type { RegistryReading } from './registry.sql.js';

/** One committed transaction that waits until no verifier can answer from an earlier state. */
export class BarrierEntry {
  readonly startedAtMs = monotonicMs();
  readonly settled: Promise<BarrierFacts>;
  readonly transaction: bigint;
  /** Whether the verifiers have been woken for it. */
  nudged = false;
  /** The verifiers that had not confirmed it at the last reading. */
  lacking = new Set<string>();
  private registered: readonly string[] | null = null;
  private clientVerifiers = 0;
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

  /**
   * Processes one reading of the registry. If a verifier is gone before it confirmed, another waiting process expelled
   * it, or it deregistered: it has no lease, and has acknowledged nothing.
   */
  observe({ ids, lacking, gone, client_verifiers: clientVerifiers }: RegistryReading): void {
    this.nudged = true;
    if (this.registered === null) [this.registered, this.clientVerifiers] = [ids, clientVerifiers];
    for (const id of gone) if (this.lacking.has(id)) this.waitedOut.add(id);
    this.lacking = new Set(lacking.filter((row) => row.missing.includes(this.text)).map(({ id }) => id));
  }

  countWaitedOut(verifierId: string): void {
    this.waitedOut.add(verifierId);
  }

  finish(): void {
    const registered = this.registered ?? [];
    // A verifier that has registered again meanwhile is waited out under an id that was not there at first.
    const waitedOut = [...this.waitedOut].slice(0, registered.length);
    const acknowledged = registered
      .filter((id) => !this.waitedOut.has(id))
      .slice(0, registered.length - waitedOut.length);
    this.resolve({
      verifiers_registered: registered.length,
      verifiers_acknowledged: acknowledged.length,
      verifiers_waited_out: waitedOut.length,
      client_verifiers: this.clientVerifiers,
      duration_ms: Math.round((monotonicMs() - this.startedAtMs) * 100) / 100,
      acknowledged,
      waited_out: waitedOut,
    });
  }
}
