/**
 * How much faster one monotonic clock may run than another, as a fraction. A stock chrony slews a clock by up to 83,333 ppm while
 * it mends an offset (chrony.conf(5), maxslewrate): 1.083 ÷ 0.917 = 1.182 of two hosts that are mended in opposite directions.
 */
const RATE_MARGIN = 0.2;
const MARGIN_MS = 10;

/** How long this process waits, on its own clock, to be sure that a lease of `leaseMs` has ended on any other. */
export function expiryUpperBoundMs(leaseMs: number): number {
  return leaseMs * (1 + RATE_MARGIN) + MARGIN_MS;
}

/**
 * For how long a client verifier may trust its memory on its own clock, in whole milliseconds, counted from when it
 * asked; 0 or less: not at all. At any clock rate within the bound it ends before the lease of the server that grants
 * it.
 * @param remainingMs of the server's lease, at a moment after the client verifier asked
 */
export function subLeaseMs(remainingMs: number, termMs: number): number {
  return Math.floor(Math.min(termMs, remainingMs / (1 + RATE_MARGIN) - MARGIN_MS));
}

/** Without steps, over at least this long, a rate is told from what single round trips add. */
const MEASURED_MS_MIN = 60_000;
/** Between two readings the clocks differ by no more than slewing makes of the time between them, and a round trip: else one was set. */
const STEP_MS_MIN = 500;
const SLEW_MAX = 0.25;

/**
 * The rate of this process's monotonic clock against the wall clock of the database, as a fraction by which it is ahead; a host
 * whose rate differs by half of the margin uses up its half. Warns, and refuses nothing: the database's host may be the one.
 */
export class ClockRate {
  private begun: Reading | null = null;
  private last: Reading | null = null;
  /** As last measured; null before that. */
  difference: number | null = null;

  /** @returns whether a measurement has just found a rate that is worth a warning */
  observe(ownMs: number, databaseMs: number): boolean {
    const { begun, last } = this;
    this.last = { ownMs, databaseMs };
    if (begun === null || last === null || isStep(last, this.last)) this.begun = this.last;
    else if (ownMs - begun.ownMs >= MEASURED_MS_MIN) {
      this.begun = this.last;
      this.difference = (ownMs - begun.ownMs) / (databaseMs - begun.databaseMs) - 1;
      return Math.abs(this.difference) > RATE_MARGIN / 2;
    }
    return false;
  }
}

interface Reading {
  ownMs: number;
  databaseMs: number;
}

function isStep(before: Reading, after: Reading): boolean {
  const passedMs = after.ownMs - before.ownMs;
  return Math.abs(after.databaseMs - before.databaseMs - passedMs) > STEP_MS_MIN + passedMs * SLEW_MAX;
}
