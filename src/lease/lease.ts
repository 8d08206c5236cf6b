import type { Clock, Moment } from './clock.js';

/**
 * The short right of this verifier to trust its memory (Gray & Cheriton 1989). Holds while the monotonic clock, read at
 * the moment of use, is before the end: a process that was frozen finds its lease gone.
 *
 * Monotonic clocks stand still while the machine sleeps. Therefore the wall clock is checked as well; it can only
 * shorten the lease. If it is wrong, the database answers for a moment instead of memory. Both count from when the round
 * was sent: the machine may have slept while its answer was on the way.
 */
export class Lease {
  private endsAtMs = -Infinity;
  private endsAtWallMs = -Infinity;
  private refusedBeforeMs = -Infinity;

  constructor(private readonly clock: Clock) {}

  holds(): boolean {
    return this.holdsAt(this.clock.monotonicMs());
  }

  /** @param nowMs the monotonic clock, read after the question that is answered under the lease */
  holdsAt(nowMs: number): boolean {
    return nowMs < this.endsAtMs && this.clock.wallMs() < this.endsAtWallMs;
  }

  /** Milliseconds left on the monotonic clock; negative once it has ended. */
  remainingMs(): number {
    return this.endsAtMs - this.clock.monotonicMs();
  }

  /**
   * How long it still holds at `nowMs`, by the clock that ends it first; 0 or less: it does not hold. Sub-leases end
   * before it does.
   */
  remainingAt(nowMs: number): number {
    return Math.min(this.endsAtMs - nowMs, this.endsAtWallMs - this.clock.wallMs());
  }

  /**
   * Renews it until `termMs` after the round that earned it was sent. A round that was sent before the last `end` earns
   * nothing.
   */
  extend(sentAt: Moment, termMs: number): void {
    if (sentAt.monotonicMs <= this.refusedBeforeMs || sentAt.monotonicMs + termMs < this.endsAtMs) return;
    this.endsAtMs = sentAt.monotonicMs + termMs;
    this.endsAtWallMs = sentAt.wallMs + termMs;
  }

  /** Ends it now, also against a round that is still on its way. */
  end(): void {
    this.refusedBeforeMs = this.clock.monotonicMs();
    this.endsAtMs = -Infinity;
  }
}
