import type { Clock, Moment } from './clock.js';

/**
 * The short right of this process to answer from memory (Gray & Cheriton 1989), granted by its server when it asks,
 * about twice a term. Holds while the monotonic clock, read at the moment of use, is before the end: a process that was
 * frozen finds its lease gone. The wall clock is checked as well and can only shorten it, because the monotonic clock
 * may stand still while a machine sleeps. Both count from before the grant was requested.
 */
export class Lease {
  private endsAtMs = -Infinity;
  private endsAtWallMs = -Infinity;
  private databaseAheadMs = 0;

  constructor(private readonly clock: Clock) {}

  /** @param nowMs the monotonic clock, read after the question that is answered under the lease */
  holdsAt(nowMs: number): boolean {
    return nowMs < this.endsAtMs && this.clock.wallMs() < this.endsAtWallMs;
  }

  /** Milliseconds left on the monotonic clock; 0 once it has ended. */
  remainingMs(): number {
    return this.holdsAt(this.clock.monotonicMs()) ? this.endsAtMs - this.clock.monotonicMs() : 0;
  }

  /**
   * Database time, never earlier than the real one: the database was asked after `askedAt`. Known since the first grant.
   */
  databaseMsAt(nowMs: number): number {
    return this.databaseAheadMs + nowMs;
  }

  /**
   * @param askedAt just before the grant was requested
   * @param databaseMs database time when it was granted
   */
  extend(askedAt: Moment, ms: number, databaseMs: number): void {
    this.databaseAheadMs = databaseMs - askedAt.monotonicMs;
    if (askedAt.monotonicMs + ms < this.endsAtMs) return;
    this.endsAtMs = askedAt.monotonicMs + ms;
    this.endsAtWallMs = askedAt.wallMs + ms;
  }

  end(): void {
    this.endsAtMs = -Infinity;
    this.endsAtWallMs = -Infinity;
  }
}
