import { newId } from '../../common/new-id.js';
import type { FeedEntry } from '../cache-invalidation.js';
import { monotonicMs } from '../monotonic.js';
import type { Held } from './held-back.js';
import { subLeaseEndMs } from './sub-lease.js';
import type { ToldFact } from './told-facts.js';

/** Why the connection of a client verifier is ended by its server. */
export type EndReason = 'going_away' | 'too_slow';

/** The connection of a client verifier: an ordered stream, in which nothing overtakes anything. */
export interface ClientLink {
  evict(seq: number, entries: readonly FeedEntry[]): void;
  reset(seq: number, epoch: string): void;
  /** What its credential rests on was named by the feed: to be proven again, at once. */
  proveAgain(): void;
  end(reason: EndReason, message: string): void;
  /** Gives up whatever is left of the connection. */
  destroy(): void;
}

/** Which tokens exist for a client verifier: those of a business, or all (null). */
export type View = string | null;

const ENTRIES_PER_MESSAGE = 500;

interface Unacknowledged {
  seq: number;
  sentAtMs: number;
  /** When no sub-lease that was granted before it can hold any more. */
  endsAtMs: number;
  held: Held[];
}

/** A client verifier as its server knows it: what it may still trust, and what it has not acknowledged. */
export class ClientVerifier {
  readonly id = newId();
  readonly joinedAtMs = monotonicMs();
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
  /** What named its credential, which has not been proven again since. */
  private doubts: Omit<Unacknowledged, 'seq' | 'sentAtMs'>[] = [];

  constructor(
    readonly link: ClientLink,
    readonly view: View,
    /** The token that it is connected with. */
    readonly credential: ToldFact,
    private readonly release: (held: Held) => void,
  ) {}

  /** Sub-leases of another epoch count for nothing to it. */
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

  /** Whether something waits for it. */
  get isAwaited(): boolean {
    return this.unacknowledged.length > 0 || this.isDoubted;
  }

  /** Whether its credential is to be proven again before it is granted anything. */
  get isDoubted(): boolean {
    return this.doubts.length > 0;
  }

  /** For how long its oldest unacknowledged message has been under way. */
  lagMs(nowMs: number): number {
    const [oldest] = this.unacknowledged;
    return oldest === undefined ? 0 : nowMs - oldest.sentAtMs;
  }

  granted(nowMs: number, ms: number): void {
    this.endsAtMs = Math.max(this.endsAtMs, subLeaseEndMs(nowMs, ms));
    this.grants++;
  }

  /**
   * Has it forget `entries`. What `held` names is held back until it says that it has, or cannot hold a sub-lease of
   * before any more: one that was granted later is behind this message in the stream.
   */
  evict(entries: readonly FeedEntry[], held: readonly Held[], hold: (what: Held) => void): void {
    for (let start = 0; start < entries.length; start += ENTRIES_PER_MESSAGE) {
      const isLast = start + ENTRIES_PER_MESSAGE >= entries.length;
      this.await(isLast ? held : [], hold);
      if (this.connected) this.link.evict(this.seq, entries.slice(start, start + ENTRIES_PER_MESSAGE));
    }
  }

  /** Has it forget everything, and with it every sub-lease. */
  reset(held: readonly Held[], hold: (what: Held) => void): void {
    this.await(held, hold);
    this.beforeReset = { seq: this.seq, endsAtMs: this.leaseEndsAtMs };
    this.endsAtMs = -Infinity;
    this.epochs++;
    if (this.connected) this.link.reset(this.seq, this.epoch);
  }

  /** Its credential may be good no more: `held` is held back until that is known, or its sub-leases have ended. */
  doubt(held: readonly Held[], hold: (what: Held) => void): void {
    const waitsFor = this.mayHoldLeaseAt(monotonicMs()) ? [...held] : [];
    for (const what of waitsFor) hold(what);
    this.doubts.push({ endsAtMs: this.leaseEndsAtMs, held: waitsFor });
    if (this.connected) this.link.proveAgain();
  }

  /** Its credential has been proven out of a memory that has forgotten what was doubtful. */
  proven(): void {
    for (const doubt of this.doubts.splice(0)) this.releaseAll(doubt);
  }

  private await(held: readonly Held[], hold: (what: Held) => void): void {
    const nowMs = monotonicMs();
    const waitsFor = this.mayHoldLeaseAt(nowMs) ? [...held] : [];
    for (const what of waitsFor) hold(what);
    const endsAtMs = this.leaseEndsAtMs;
    this.unacknowledged.push({ seq: ++this.seq, sentAtMs: nowMs, endsAtMs, held: waitsFor });
  }

  /** @param seq no higher than what it was told */
  acknowledge(seq: number): void {
    this.acknowledged = seq;
    if (this.beforeReset !== null && seq >= this.beforeReset.seq) this.beforeReset = null;
    while (this.unacknowledged[0] !== undefined && this.unacknowledged[0].seq <= seq)
      this.releaseAll(this.unacknowledged.shift() as Unacknowledged);
  }

  /** What it holds back no longer, because its sub-leases have ended; it still has to acknowledge it. */
  waitOut(nowMs: number): void {
    for (const message of [...this.unacknowledged, ...this.doubts])
      if (nowMs > message.endsAtMs) this.releaseAll(message);
  }

  /** It holds no sub-lease any more, and never will. */
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
