import { type Clock, sleep } from '../clock.js';
import { subLeaseMs } from '../clock-rates.js';
import type { Terms } from '../ports.js';
import type { Lease } from '../lease.js';
import { type Held, HeldBack, type Snapshot } from '../snapshot.js';
import { type ClientLink, ClientVerifier, type View } from './client-verifier.js';
import { type News, type ToldFact, type ToldFacts, transactionsOf } from '../cache-invalidation.js';
import { type ViewMembers, Views } from './views.js';

/** The client verifiers, by the ids that their credentials depend on. */
class Credentials {
  private readonly byId = new Map<string, Set<ClientVerifier>>();

  add(child: ClientVerifier): void {
    for (const id of idsOf(child)) {
      const those = this.byId.get(id) ?? new Set();
      this.byId.set(id, those.add(child));
    }
  }

  remove(child: ClientVerifier): void {
    for (const id of idsOf(child)) {
      const those = this.byId.get(id);
      if (those?.delete(child) === true && those.size === 0) this.byId.delete(id);
    }
  }

  /** The client verifiers whose credentials are named in `news`, and by which entries. */
  concernedBy(news: readonly News[]): Map<ClientVerifier, News[]> {
    const concerned = new Map<ClientVerifier, News[]>();
    for (const entry of news)
      for (const child of this.byId.get(entry.subject) ?? [])
        concerned.set(child, [...(concerned.get(child) ?? []), entry]);
    return concerned;
  }
}

function idsOf({ credential: { jti, ownerId, businessId } }: ClientVerifier): string[] {
  return [jti, ownerId, businessId].filter((id) => id !== null);
}

/** How often to check for sub-leases that have ended, while a transaction waits for that. */
const LOOK_MS = 10;
const STALLED_AFTER_MS = 100;

/**
 * The client verifiers that are connected to this process. The process confirms a transaction in the registry only when
 * each client verifier that may remember what it names has forgotten it, or has no sub-lease from before. The argument
 * is in docs/adr/0060-client-verifiers.md.
 */
export class ClientVerifiers {
  private readonly views = new Views();
  private readonly credentials = new Credentials();
  private readonly held = new HeldBack((what) => this.released(what));
  /** What was told before a view started over, by what stands for its members' having forgotten it. */
  private readonly startingOver = new Map<Held, ToldFacts>();
  private stopLooking: (() => void) | null = null;
  private lookedAtMs = -Infinity;
  /** Whether this process is shutting down and accepts no more client verifiers. */
  isEnding = false;
  /** Messages that told a client verifier to forget, and sub-leases granted, since the start of the process. */
  readonly counts = { evictions: 0, grants: 0 };
  /** Called when a transaction that was held back can be confirmed. */
  onReleased: () => void = () => undefined;

  private readonly hold = (what: Held): void => this.held.hold(what);

  constructor(
    private readonly clock: Clock,
    private readonly terms: Pick<Terms, 'leaseMs'>,
  ) {}

  /** The term: the longest sub-lease. A client verifier without a lease sends four beats a term. */
  get termMs(): number {
    return this.terms.leaseMs;
  }

  /**
   * How many this process waits for, including those that are no longer connected but may still trust their memory.
   */
  get count(): number {
    return this.views.count;
  }

  /** Those that are connected. */
  connected(): ClientVerifier[] {
    return [...this.views.all()].filter(({ connected }) => connected);
  }

  /** Adds a client verifier, whose memory is empty. */
  join(link: ClientLink, view: View, credential: ToldFact): ClientVerifier {
    const child = new ClientVerifier(this.clock, link, view, credential, (what) => this.held.release(what));
    this.views.add(child);
    this.credentials.add(child);
    return child;
  }

  /**
   * Grants a sub-lease to one whose credential has just been proven.
   * @returns for how long from the moment it asked; null: no sub-lease can be granted
   */
  grant(child: ClientVerifier, lease: Lease): number | null {
    const nowMs = this.clock.monotonicMs();
    if (this.isEnding || !child.connected || child.isDoubted) return null;
    // One that has not acknowledged for so long gets no sub-lease, because revocations would have to wait for it again.
    if (child.lagMs(nowMs) > this.termMs / 4) return null;
    const ms = subLeaseMs(lease.remainingAt(nowMs), this.termMs);
    if (ms <= 0) return null;
    child.granted(nowMs, ms);
    this.counts.grants++;
    return ms;
  }

  /**
   * Notes that `child` is sent a fact that it may remember. Must be called in the same step that finds the fact in
   * memory and sends it.
   * @returns false when it must not be remembered
   */
  tell(child: ClientVerifier, fact: ToldFact): boolean {
    if (this.isEnding || !child.connected) return false;
    if (!this.views.tell(child, fact, (view) => this.startOver(view))) return false;
    child.factsTold++;
    return true;
  }

  /** It has applied all messages up to `seq`. */
  acknowledge(child: ClientVerifier, seq: number): void {
    child.acknowledge(seq);
  }

  /** It no longer trusts its memory, and has left. */
  leave(child: ClientVerifier): void {
    child.gone();
    this.credentials.remove(child);
    this.views.remove(child);
  }

  /** Its connection is lost; its sub-leases hold until they end. */
  lose(child: ClientVerifier): void {
    child.connected = false;
    this.look();
  }

  /**
   * Tells the client verifiers that may remember something in `news` to forget it. Must be called in the same step in
   * which the memory of this process has forgotten it, after that.
   * @returns whether anything of it can be confirmed now
   */
  forget(news: readonly News[]): boolean {
    if (this.views.isEmpty) return true;
    if (news.some(({ kind }) => kind === 'everything')) this.resetAll(transactionsOf(news));
    for (const [members, theirs] of this.views.toldOf(news)) {
      const transactions = transactionsOf(theirs);
      for (const child of members) {
        child.evict(theirs, transactions, this.hold);
        this.counts.evictions++;
      }
    }
    for (const [child, theirs] of this.credentials.concernedBy(news))
      child.doubt(transactionsOf(theirs), this.hold);
    this.look();
    return transactionsOf(news).some((transaction) => !this.held.has(transaction));
  }

  /**
   * Tells all to forget everything, if it is not known what they have to forget. @param confirmed the position that
   * stays confirmed until they have
   */
  forgetEverything(confirmed: Snapshot | null): void {
    if (this.views.isEmpty) return;
    this.resetAll(confirmed === null ? [] : [this.held.freezeAt(confirmed)]);
    this.look();
  }

  /** What can be confirmed when this process has applied `read`. */
  confirmed(read: Snapshot): Snapshot {
    return this.held.confirmed(read);
  }

  /** Whether any of them may trust its memory now. */
  mayHoldLease(): boolean {
    const nowMs = this.clock.monotonicMs();
    for (const child of this.views.all()) if (child.mayHoldLeaseAt(nowMs)) return true;
    return false;
  }

  /** Resolves once none of them trusts its memory: no sub-lease outlasts the lease of this process. */
  async withoutLease(): Promise<void> {
    while (this.mayHoldLease()) await sleep(this.clock, LOOK_MS);
  }

  /** Stops granting, and resolves once none of them trusts its memory. */
  async end(): Promise<void> {
    this.isEnding = true;
    for (const { link } of this.connected()) link.end('going_away', 'This process is about to end.');
    await this.withoutLease();
    for (const { link } of this.connected()) link.destroy();
    this.stopLooking?.();
  }

  private resetAll(held: readonly Held[]): void {
    for (const child of this.views.all()) this.reset(child, held);
  }

  private reset(child: ClientVerifier, held: readonly Held[]): void {
    child.reset(held, this.hold);
    this.counts.evictions++;
  }

  /** What its members were told before stays noted until all of them have forgotten it. */
  private startOver({ told, members }: ViewMembers): void {
    if (!told.startOver()) return;
    const forgotten = {};
    this.startingOver.set(forgotten, told);
    for (const child of members) this.reset(child, [forgotten]);
    if (!this.held.has(forgotten)) this.released(forgotten);
    this.look();
  }

  private released(what: Held): void {
    this.startingOver.get(what)?.forgetFormer();
    if (!this.startingOver.delete(what)) this.onReleased();
  }

  private look(): void {
    this.stopLooking ??= this.clock.every(LOOK_MS, () => this.lookOnce());
  }

  private lookOnce(): void {
    const nowMs = this.clock.monotonicMs();
    // After a stall of this process their messages may be waiting to be read: none is disconnected before they are read.
    const wasStalled = nowMs - this.lookedAtMs > STALLED_AFTER_MS;
    this.lookedAtMs = nowMs;
    let isWaiting = false;
    for (const child of this.views.all()) {
      child.waitOut(nowMs);
      if (!child.connected && !child.mayHoldLeaseAt(nowMs)) this.leave(child);
      else if (child.connected && !wasStalled && child.lagMs(nowMs) > this.termMs)
        child.link.end('too_slow', 'What was to be forgotten was not acknowledged in time.');
      isWaiting ||= !child.connected || child.isAwaited;
    }
    if (isWaiting) return;
    this.stopLooking?.();
    this.stopLooking = null;
  }
}
