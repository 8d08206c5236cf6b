import type { Clock } from './clock.js';
import type { BarrierFacts } from './barrier-facts.js';
import type { BarrierProgress, BarrierWatch, VerifierState } from './barrier-progress.js';
import type { RegistryReading, UnconfirmedNews } from './ports.js';

/** One committed transaction that waits until no verifier can answer from a state before it, or before those it relies on. */
export class BarrierEntry {
  readonly startedAtMs: number;
  readonly settled: Promise<BarrierFacts>;
  /** What is waited for. */
  readonly transactions: Set<string>;
  /** Whether the verifiers have been woken for it. */
  nudged = false;
  /** The verifiers that had not confirmed it at the last reading. */
  lacking = new Set<string>();
  private registered: readonly string[] | null = null;
  private clientVerifiers = 0;
  private readonly waitedOut = new Set<string>();
  /** With what each was told last. */
  private readonly watches = new Map<BarrierWatch, string>();
  private resolve!: (facts: BarrierFacts) => void;
  reject!: (error: Error) => void;

  /**
   * @param databaseRevision of the sessions of this process, as it is now (ReachedDatabase)
   * @param restsOn whose earlier transactions are waited for as well (null: everybody's), until they are known; undefined: nobody's
   */
  constructor(
    readonly key: string,
    transactionId: string,
    readonly databaseRevision: number,
    public restsOn: string | null | undefined,
    private readonly clock: Clock,
  ) {
    this.startedAtMs = clock.monotonicMs();
    this.transactions = new Set([transactionId]);
    this.settled = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Takes what verifiers may lack of what was committed before. */
  addEarlier(news: readonly UnconfirmedNews[]): void {
    for (const { transaction_id: transactionId, business_id: businessId, of_all: isOfAll } of news)
      if (isOfAll || this.restsOn === null || this.restsOn === businessId)
        this.transactions.add(transactionId);
    this.restsOn = undefined;
  }

  /** Whether any of `transactions` is waited for. */
  awaitsAny(transactions: readonly string[]): boolean {
    return transactions.some((transaction) => this.transactions.has(transaction));
  }

  /**
   * Processes one reading of the registry. If a verifier is gone before it confirmed, another waiting process expelled
   * it, or it deregistered: it has no lease, and has acknowledged nothing.
   */
  observe({ ids, lacking, gone, client_verifiers: clientVerifiers }: RegistryReading): void {
    this.nudged = true;
    if (this.registered === null) [this.registered, this.clientVerifiers] = [ids, clientVerifiers];
    for (const id of gone) if (this.lacking.has(id)) this.waitedOut.add(id);
    const mine = lacking.filter((row) => !row.of_another_run && this.awaitsAny(row.missing));
    this.lacking = new Set(mine.map(({ id }) => id));
  }

  countWaitedOut(verifierId: string): void {
    this.waitedOut.add(verifierId);
  }

  /** Has `watch` told of how far it gets, from the next reading of the registry on. */
  watch(watch: BarrierWatch): void {
    this.watches.set(watch, '');
  }

  get isWatched(): boolean {
    return this.watches.size > 0;
  }

  /**
   * Tells what has changed since the last time.
   * @param unconfirmed this process's registration, as long as it has not confirmed; null: it has, or has none
   */
  tell(unconfirmed: string | null): void {
    if (this.registered === null) return;
    const verifiers = this.registered.map((id) => ({ id, state: this.stateOf(id, unconfirmed) }));
    const progress: BarrierProgress = { verifiers, clientVerifiers: this.clientVerifiers };
    const states = verifiers.map(({ state }) => state).join();
    for (const [watch, told] of this.watches) {
      if (told === states) continue;
      this.watches.set(watch, states);
      watch(progress);
    }
  }

  private stateOf(id: string, unconfirmed: string | null): VerifierState {
    if (this.waitedOut.has(id)) return 'waited_out';
    return id === unconfirmed || this.lacking.has(id) ? 'waiting' : 'confirmed';
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
      duration_ms: Math.round((this.clock.monotonicMs() - this.startedAtMs) * 100) / 100,
      acknowledged,
      waited_out: waitedOut,
    });
  }
}
