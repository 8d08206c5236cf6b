import type { Clock } from '../clock.js';
import { expiryUpperBoundMs } from '../clock-rates.js';
import type { FeedEntry, ToldFact } from '../cache-invalidation.js';
import type { Held } from '../snapshot.js';

/** Why the server ends the connection of a client verifier. */
export type EndReason = 'going_away' | 'too_slow';

/** The connection of a client verifier: an ordered stream. */
export interface ClientLink {
  evict(seq: number, entries: readonly FeedEntry[]): void;
  reset(seq: number, epoch: string): void;
  /** The feed has named something that its credential depends on: the credential must be proven again at once. */
  proveAgain(): void;
  end(reason: EndReason, message: string): void;
  /** Closes the connection if it is still open. */
  destroy(): void;
}

/** Which tokens exist for a client verifier: those of a business, or all (null). */
export type View = string | null;

const ENTRIES_PER_MESSAGE = 500;

interface Unacknowledged {
  seq: number;
  sentAtMs: number;
  /** The time after which no sub-lease that was granted earlier can hold. */
  endsAtMs: number;
  held: Held[];
}

/** A client verifier as its server knows it: what it may still trust, and what it has not acknowledged. */
export class ClientVerifier {
  readonly joinedAtMs: number;
  connected = true;
  /** The last message that it has to acknowledge. */
  seq = 0;
  acknowledged = 0;
  grants = 0;
  factsTold = 0;
  private epochs = 1;
  private endsAtMs = -Infinity;
  private beforeReset: { seq: number; endsAtMs: number } | null = null;
  private unacknowledged: Unacknowledged[] = [];
  /** The feed entries that named its credential, if it has not been proven again since. */
  private doubts: Omit<Unacknowledged, 'seq' | 'sentAtMs'>[] = [];

  constructor(
    private readonly clock: Clock,
    readonly link: ClientLink,
    readonly view: View,
    /** The token that it is connected with. */
    readonly credential: ToldFact,
    private readonly release: (held: Held) => void,
  ) {
    this.joinedAtMs = clock.monotonicMs();
  }

  /** Sub-leases of another epoch are not valid for it. */
  get epoch(): string {
    return `e${this.epochs}`;
  }

  /** When the last of its sub-leases will have ended, on this process's clock. */
  get leaseEndsAtMs(): number {
    return Math.max(this.endsAtMs, this.beforeReset?.endsAtMs ?? -Infinity);
  }

  mayHoldLeaseAt(nowMs: number): boolean {
    return nowMs <= this.leaseEndsAtMs;
  }

  /** Whether a transaction waits for it. */
  get isAwaited(): boolean {
    return this.unacknowledged.length > 0 || this.isDoubted;
  }

  /** Whether its credential must be proven again before it gets a sub-lease. */
  get isDoubted(): boolean {
    return this.doubts.length > 0;
  }

  /** How long ago its oldest unacknowledged message was sent. */
  lagMs(nowMs: number): number {
    const [oldest] = this.unacknowledged;
    return oldest === undefined ? 0 : nowMs - oldest.sentAtMs;
  }

  granted(nowMs: number, ms: number): void {
    this.endsAtMs = Math.max(this.endsAtMs, nowMs + expiryUpperBoundMs(ms));
    this.grants++;
  }

  /**
   * Tells it to forget `entries`. The transactions in `held` are held back until it has acknowledged, or its earlier
   * sub-leases have ended. A sub-lease that is granted later comes after this message in the stream.
   */
  evict(entries: readonly FeedEntry[], held: readonly Held[], hold: (what: Held) => void): void {
    for (let start = 0; start < entries.length; start += ENTRIES_PER_MESSAGE) {
      const isLast = start + ENTRIES_PER_MESSAGE >= entries.length;
      this.await(isLast ? held : [], hold);
      if (this.connected) this.link.evict(this.seq, entries.slice(start, start + ENTRIES_PER_MESSAGE));
    }
  }

  /** Tells it to forget everything; its sub-leases end with it. */
  reset(held: readonly Held[], hold: (what: Held) => void): void {
    this.await(held, hold);
    this.beforeReset = { seq: this.seq, endsAtMs: this.leaseEndsAtMs };
    this.endsAtMs = -Infinity;
    this.epochs++;
    if (this.connected) this.link.reset(this.seq, this.epoch);
  }

  /**
   * Its credential may have ended: `held` is held back until the credential is proven again, or its sub-leases have
   * ended.
   */
  doubt(held: readonly Held[], hold: (what: Held) => void): void {
    const waitsFor = this.mayHoldLeaseAt(this.clock.monotonicMs()) ? [...held] : [];
    for (const what of waitsFor) hold(what);
    this.doubts.push({ endsAtMs: this.leaseEndsAtMs, held: waitsFor });
    if (this.connected) this.link.proveAgain();
  }

  /** Its credential has been proven again, from a memory that has forgotten the old facts. */
  proven(): void {
    for (const doubt of this.doubts.splice(0)) this.releaseAll(doubt);
  }

  private await(held: readonly Held[], hold: (what: Held) => void): void {
    const nowMs = this.clock.monotonicMs();
    const waitsFor = this.mayHoldLeaseAt(nowMs) ? [...held] : [];
    for (const what of waitsFor) hold(what);
    const endsAtMs = this.leaseEndsAtMs;
    this.unacknowledged.push({ seq: ++this.seq, sentAtMs: nowMs, endsAtMs, held: waitsFor });
  }

  /** @param seq not higher than the last message to it */
  acknowledge(seq: number): void {
    this.acknowledged = seq;
    if (this.beforeReset !== null && seq >= this.beforeReset.seq) this.beforeReset = null;
    while (this.unacknowledged[0] !== undefined && this.unacknowledged[0].seq <= seq)
      this.releaseAll(this.unacknowledged.shift() as Unacknowledged);
  }

  /**
   * Removes and returns what it no longer holds back, because its sub-leases have ended. It must still acknowledge the
   * messages.
   */
  waitOut(nowMs: number): void {
    for (const message of [...this.unacknowledged, ...this.doubts])
      if (nowMs > message.endsAtMs) this.releaseAll(message);
  }

  /** It has no sub-lease, and will get none. */
  gone(): void {
    this.connected = false;
    this.endsAtMs = -Infinity;
    this.acknowledge(this.seq);
    this.proven();
  }

  private releaseAll(message: { held: Held[] }): void {
    const { held } = message;
    message.held = [];
    for (const what of held) this.release(what);
  }
}
