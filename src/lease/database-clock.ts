import { type Clock, type Moment, momentOf } from './clock.js';
import { ClockRate } from './clock-rates.js';

/** A reading over which the wall clock ran ahead of the monotonic one by more than this was taken across a sleep. */
const SLEEP_MS_MIN = 50;

/**
 * The database's time of day, carried forward on this process's monotonic clock, so that an expiry means the
 * same on every verifier whatever its wall clock says. Before the first reading, the process's own clock.
 */
export class DatabaseClock {
  readonly rate = new ClockRate();
  private offsetMs: number;

  /**
   * @param own the clocks of this process
   * @param warn told of a rate that uses up the margin of leases, in a sentence
   */
  constructor(
    readonly own: Clock,
    private readonly warn: (message: string) => void,
  ) {
    this.offsetMs = own.wallMs() - own.monotonicMs();
  }

  /**
   * @param databaseMs the database's time, read by a statement that was sent at `sentAt`. Without effect when the machine
   * slept since: the monotonic clock did not count that, and what ended meanwhile would seem to have time left.
   */
  set(databaseMs: number, sentAt: Moment): void {
    const now = momentOf(this.own);
    const sleptMs = now.wallMs - sentAt.wallMs - (now.monotonicMs - sentAt.monotonicMs);
    if (sleptMs >= SLEEP_MS_MIN) return;
    this.offsetMs = databaseMs - sentAt.monotonicMs;
    if (this.rate.observe(sentAt.monotonicMs, databaseMs)) this.warn(rateWarning(this.rate.difference));
  }

  /** Milliseconds since the epoch; ahead of the database by at most one round trip, never behind. */
  nowMs(): number {
    return this.at(this.own.monotonicMs());
  }

  /** As `nowMs`, for a reading of the monotonic clock. */
  at(monotonicMs: number): number {
    return this.offsetMs + monotonicMs;
  }
}

function rateWarning(difference: number | null): string {
  const times = (1 + (difference ?? 0)).toFixed(3);
  return (
    `For a minute the monotonic clock of this machine has run ${times} times as fast as the clock of the database's. Leases allow ` +
    'for 20 % between any two machines: let the time daemons slew more slowly (chrony: maxslewrate 20000).'
  );
}
