import { monotonicMs } from './monotonic.js';

/**
 * The short right of this verifier to trust its memory (Gray & Cheriton 1989). Holds while the monotonic
 * clock, read at the moment of use, is before the end: a process that was frozen finds its lease gone.
 */
export class Lease {
  private endsAtMs = -Infinity;
  private refusedBeforeMs = -Infinity;

  holds(): boolean {
    return monotonicMs() < this.endsAtMs;
  }

  /** Milliseconds left; negative once it has ended. */
  remainingMs(): number {
    return this.endsAtMs - monotonicMs();
  }

  /** Runs until `termMs` after the round that earned it was sent; a round sent before the last `end` earns nothing. */
  extend(sentAtMs: number, termMs: number): void {
    if (sentAtMs < this.refusedBeforeMs) return;
    this.endsAtMs = Math.max(this.endsAtMs, sentAtMs + termMs);
  }

  /** Ends it now, also against a round that is still on its way. */
  end(): void {
    this.refusedBeforeMs = monotonicMs();
    this.endsAtMs = -Infinity;
  }
}
