import { monotonicMs, type Moment } from './monotonic.js';

/**
 * The short right of this verifier to trust its memory (Gray & Cheriton 1989). Holds while the monotonic
 * clock, read at the moment of use, is before the end: a process that was frozen finds its lease gone.
 *
 * Monotonic clocks stand still while the machine sleeps. The wall clock is asked as a second witness that can only
 * shorten the lease: if it is wrong, the database answers for a moment instead of memory. Both count from when the
 * round was sent: the machine may have slept while its answer was on the way.
 */
export class Lease {
  private endsAtMs = -Infinity;
  private endsAtWallMs = -Infinity;
  private refusedBeforeMs = -Infinity;

  holds(): boolean {
    return this.holdsAt(monotonicMs());
  }

  /** @param nowMs the monotonic clock, read after what is answered under the lease was asked */
  holdsAt(nowMs: number): boolean {
    return nowMs < this.endsAtMs && Date.now() < this.endsAtWallMs;
  }

  /** Milliseconds left on the monotonic clock; negative once it has ended. */
  remainingMs(): number {
    return this.endsAtMs - monotonicMs();
  }

  /** For how long it holds yet at `nowMs`, whichever clock ends it first; 0 or less: not at all. What is granted under it ends before. */
  remainingAt(nowMs: number): number {
    return Math.min(this.endsAtMs - nowMs, this.endsAtWallMs - Date.now());
  }

  /** Runs until `termMs` after the round that earned it was sent; a round sent before the last `end` earns nothing. */
  extend(sentAt: Moment, termMs: number): void {
    if (sentAt.monotonicMs <= this.refusedBeforeMs || sentAt.monotonicMs + termMs < this.endsAtMs) return;
    this.endsAtMs = sentAt.monotonicMs + termMs;
    this.endsAtWallMs = sentAt.wallMs + termMs;
  }

  /** Ends it now, also against a round that is still on its way. */
  end(): void {
    this.refusedBeforeMs = monotonicMs();
    this.endsAtMs = -Infinity;
  }
}
