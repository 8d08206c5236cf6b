import { BarrierEntry } from './barrier-entry.js';
import type { BarrierFacts } from './barrier-facts.js';
import type { BarrierWatch } from './barrier-progress.js';
import { sleep } from './clock.js';
import { UnusableDatabase } from './database-identity.js';
import { LeaseWatch, type RestartGrace } from './lease.js';
import type { Ports, RegistryReading, RegistryRow } from './ports.js';
import { isVisibleIn, type Snapshot } from './snapshot.js';
import type { Verifier } from './verifier.js';

/** The id of nobody. */
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

const POLL_MS_FIRST = 1;
const POLL_MS_MAX = 16;
/**
 * Reading the registry too early costs a small query; reading it too late delays the revocation by up to this part of
 * its time.
 */
const POLL_GROWTH = 1.25;

/**
 * Makes a revocation wait until every registered verifier has applied it, or no longer has a lease. One loop serves all
 * revocations of this process, so that many at once cost little more than one.
 */
export class Barrier {
  private readonly pending = new Map<string, BarrierEntry>();
  private readonly leaseWatch = new LeaseWatch();
  private looping = false;
  private lastFailure: unknown;
  /**
   * Called when the wait for a transaction ends: how long it took, and whether every verifier has confirmed or lost its
   * lease.
   */
  onEnd: (seconds: number, confirmed: boolean) => void = () => undefined;

  constructor(
    private readonly ports: Ports,
    private readonly verifier: Verifier,
    private readonly restartGrace: RestartGrace,
  ) {}

  /**
   * Resolves once no verifier can answer from the state before the committed transaction (R1), at the latest after the
   * longest lease plus a margin (R2). Callers that wait for the same transaction share one entry.
   * @param watch is told of each verifier that confirms, or is waited out, until then
   * @throws what `unconfirmed` makes when this could not be confirmed; the change itself is committed.
   */
  wait(transactionId: string, watch?: BarrierWatch): Promise<BarrierFacts> {
    return watched(this.pending.get(transactionId) ?? this.begin(transactionId, transactionId), watch);
  }

  /**
   * As `wait`, and no verifier can answer from before whatever was committed in the business until now, either (null: in any).
   * For a change that may have found done what it was asked for: whoever did it may still be waiting, and client verifiers
   * hold back each transaction by itself.
   */
  waitForAllOf(
    businessId: string | null,
    transactionId: string,
    watch?: BarrierWatch,
  ): Promise<BarrierFacts> {
    const key = `${transactionId} of ${businessId ?? 'all'}`;
    return watched(this.pending.get(key) ?? this.begin(key, transactionId, businessId), watch);
  }

  private begin(key: string, transactionId: string, restsOn?: string | null): BarrierEntry {
    const { clock, reached, terms } = this.ports;
    const entry = new BarrierEntry(key, transactionId, reached.revision, restsOn, clock);
    this.pending.set(key, entry);
    const stopWaiting = clock.after(terms.leaseMs + terms.barrierMarginMs, () => this.giveUp(entry));
    const done = (confirmed: boolean): void => {
      stopWaiting();
      this.onEnd((clock.monotonicMs() - entry.startedAtMs) / 1000, confirmed);
    };
    entry.settled.then(
      () => done(true),
      () => done(false),
    );
    if (!this.looping) void this.loop();
    return entry;
  }

  /**
   * Never throws. Serves callers that arrive while it runs: it ends in the same step in which it finds that nobody
   * waits.
   */
  private async loop(): Promise<void> {
    this.looping = true;
    let pauseMs = POLL_MS_FIRST;
    while (this.pending.size > 0) {
      const entries = [...this.pending.values()];
      const failed = await this.look(entries).then(
        () => false,
        (error: unknown) => {
          this.lastFailure = error;
          return true;
        },
      );
      if (this.pending.size === 0) break;
      const newcomers = [...this.pending.values()].some((entry) => !entry.nudged);
      const progress = newcomers || entries.some((entry) => this.pending.get(entry.key) !== entry);
      if (failed) pauseMs = POLL_MS_MAX;
      else pauseMs = progress ? POLL_MS_FIRST : Math.min(pauseMs * POLL_GROWTH, POLL_MS_MAX);
      if (failed || !newcomers) await sleep(this.ports.clock, pauseMs);
    }
    this.looping = false;
  }

  /** Reads the registry once, and finishes the entries that no lease can contradict any more. */
  private async look(entries: BarrierEntry[]): Promise<void> {
    await this.findEarlier(entries);
    const isOfOwnRegistry = this.verifier.whereRegistered();
    const ownRound = entries.every((entry) => this.ownHasApplied(entry)) ? null : this.verifier.catchUp();
    const reading = await this.readRegistry(entries);
    await ownRound;
    // Another registry says nothing about the verifiers that hold a lease in this one.
    if (!isOfOwnRegistry(reading)) return this.distrust();
    const { clock, terms } = this.ports;
    if (this.restartGrace.registryMayBeIncomplete(reading, terms.leaseMs, clock.monotonicMs())) return;
    const missing = new Set<string>();
    for (const row of reading.lacking) {
      if (!(await this.expelSilent(row, entries))) row.missing.forEach((text) => missing.add(text));
    }
    for (const entry of entries) {
      if (!entry.awaitsAny([...missing])) this.finish(entry);
      // Before its caller goes on, who is answered behind this step.
      if (entry.isWatched) entry.tell(this.ownHasConfirmed(entry) ? null : this.verifier.id);
    }
  }

  /** Has those that rest on earlier transactions know which of them some verifier may lack. */
  private async findEarlier(entries: BarrierEntry[]): Promise<void> {
    const due = entries.filter(({ restsOn }) => restsOn !== undefined);
    if (due.length === 0) return;
    const businesses = due.map(({ restsOn }) => restsOn as string | null);
    const news = await this.ports.registry.unconfirmed([...new Set(businesses)]);
    for (const entry of due) entry.addEarlier(news);
  }

  private distrust(): void {
    this.lastFailure = new UnusableDatabase(
      this.verifier.problem ?? 'The registry of DATABASE_URL is not the one that this verifier is in.',
    );
    if (this.verifier.problem === null) this.verifier.doubt();
  }

  private finish(entry: BarrierEntry): void {
    // Its transaction may be one of the database that the sessions were in before.
    if (entry.databaseRevision !== this.ports.reached.revision) return this.giveUp(entry);
    if (!this.ownHasConfirmed(entry)) {
      // Its client verifiers trust their memory until they have forgotten, or until their sub-leases have ended.
      if (this.ownHasApplied(entry)) return;
      // The round failed. Instead of waiting for itself, this process stops trusting its memory and grants no
      // sub-leases.
      this.verifier.lease.end();
      if (this.verifier.mayTrustMemory) return;
      if (this.verifier.id !== null) entry.countWaitedOut(this.verifier.id);
    }
    this.pending.delete(entry.key);
    entry.finish();
  }

  private async readRegistry(entries: BarrierEntry[]): Promise<RegistryReading> {
    const reading = await this.ports.registry.read(
      this.verifier.id ?? NIL_UUID,
      [...new Set(entries.flatMap((entry) => [...entry.transactions]))],
      entries.some((entry) => !entry.nudged),
      [...new Set(entries.flatMap((entry) => [...entry.lacking]))],
    );
    for (const entry of entries) entry.observe(reading);
    this.leaseWatch.observe(reading.lacking, this.ports.clock.monotonicMs());
    return reading;
  }

  /** True when `row` is deleted, so that its verifier must start over before it may trust its memory. */
  private async expelSilent(row: RegistryRow, entries: BarrierEntry[]): Promise<boolean> {
    if (!this.leaseWatch.leaseHasExpired(row, this.ports.clock.monotonicMs())) return false;
    if (!(await this.ports.registry.expel(row))) return false;
    for (const entry of row.of_another_run ? [] : entries)
      if (entry.awaitsAny(row.missing)) entry.countWaitedOut(row.id);
    return true;
  }

  /** Whether the memory of this process no longer answers from the state before the transaction. */
  private ownHasApplied(entry: BarrierEntry): boolean {
    const applied = this.verifier.applied;
    return applied === null ? !this.verifier.lease.holds() : areVisibleIn(entry.transactions, applied);
  }

  /** Whether its client verifiers no longer do so either. */
  private ownHasConfirmed(entry: BarrierEntry): boolean {
    const { confirmed } = this.verifier;
    return confirmed === null ? !this.verifier.mayTrustMemory : areVisibleIn(entry.transactions, confirmed);
  }

  private giveUp(entry: BarrierEntry): void {
    this.pending.delete(entry.key);
    entry.reject(this.ports.unconfirmed(this.lastFailure));
  }
}

function watched(entry: BarrierEntry, watch: BarrierWatch | undefined): Promise<BarrierFacts> {
  if (watch !== undefined) entry.watch(watch);
  return entry.settled;
}

function areVisibleIn(transactions: ReadonlySet<string>, snapshot: Snapshot): boolean {
  for (const transaction of transactions) if (!isVisibleIn(BigInt(transaction), snapshot)) return false;
  return true;
}
