/** Upper bound on the difference of the rates of two monotonic clocks, as a fraction. */
const RATE_MARGIN = 0.02;
const MARGIN_MS = 10;

/**
 * For how long a client verifier may trust its memory on its own clock, in whole milliseconds, counted from when it
 * asked; 0 or less: not at all. At any clock rate within the bound it ends before the lease of the server that grants
 * it.
 * @param remainingMs of the server's lease, at a moment after the client verifier asked
 */
export function subLeaseMs(remainingMs: number, termMs: number): number {
  return Math.floor(Math.min(termMs, remainingMs / (1 + RATE_MARGIN) - MARGIN_MS));
}

/** When a sub-lease of `ms` that was granted at `grantedAtMs` has ended, on the clock of the server that granted it. */
export function subLeaseEndMs(grantedAtMs: number, ms: number): number {
  return grantedAtMs + ms * (1 + RATE_MARGIN) + MARGIN_MS;
}
