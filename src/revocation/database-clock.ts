import { Injectable } from '@nestjs/common';
import { monotonicMs, thisMoment, type Moment } from './monotonic.js';

/** A reading over which the wall clock ran ahead of the monotonic one by more than this was taken across a sleep. */
const SLEEP_MS_MIN = 50;

/**
 * The database's time of day, carried forward on this process's monotonic clock, so that an expiry means the
 * same on every verifier whatever its wall clock says. Before the first reading, the process's own clock.
 */
@Injectable()
export class DatabaseClock {
  private offsetMs = Date.now() - monotonicMs();

  /**
   * @param databaseMs the database's time, read by a statement that was sent at `sentAt`. Without effect when the machine
   * slept since: the monotonic clock did not count that, and what ended meanwhile would seem to have time left.
   */
  set(databaseMs: number, sentAt: Moment): void {
    const now = thisMoment();
    const sleptMs = now.wallMs - sentAt.wallMs - (now.monotonicMs - sentAt.monotonicMs);
    if (sleptMs < SLEEP_MS_MIN) this.offsetMs = databaseMs - sentAt.monotonicMs;
  }

  /** Milliseconds since the epoch; ahead of the database by at most one round trip, never behind. */
  nowMs(): number {
    return this.at(monotonicMs());
  }

  /** As `nowMs`, for a reading of the monotonic clock. */
  at(monotonicMs: number): number {
    return this.offsetMs + monotonicMs;
  }
}
