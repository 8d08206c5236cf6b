import { Injectable } from '@nestjs/common';
import { monotonicMs } from './monotonic.js';

/**
 * The database's time of day, carried forward on this process's monotonic clock, so that an expiry means the
 * same on every verifier whatever its wall clock says. Before the first reading, the process's own clock.
 */
@Injectable()
export class DatabaseClock {
  private offsetMs = Date.now() - monotonicMs();

  /** @param databaseMs the database's time, read by a statement that was sent at `sentAtMs` (monotonic). */
  set(databaseMs: number, sentAtMs: number): void {
    this.offsetMs = databaseMs - sentAtMs;
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
