import type { Clock, Moment } from './clock.js';
import { expiryUpperBoundMs } from './clock-rates.js';
import type { RegistryReading, RegistryRow } from './ports.js';
import type { DatabaseIdentity } from './database-identity.js';

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

/**
 * How long each verifier's registration has not changed, on this process's monotonic clock. A lease begins with a round
 * that was committed before this process first saw it in the row. So a row that has not changed for the lease term holds
 * no lease any more, whatever the wall clocks of database or verifier say.
 *
 * Readings contain only rows that lack a transaction. A row that is not in a reading is forgotten, and its time counts
 * anew from when it appears again: that may be later than its last change, never earlier.
 */
export class LeaseWatch {
  private readonly seen = new Map<string, { round: string; sinceMs: number }>();

  /** Processes a reading of the registry that was answered at `nowMs`. */
  observe(rows: readonly RegistryRow[], nowMs: number): void {
    const present = new Set(rows.map((row) => row.id));
    for (const id of this.seen.keys()) if (!present.has(id)) this.seen.delete(id);
    for (const { id, round } of rows) {
      if (this.seen.get(id)?.round !== round) this.seen.set(id, { round, sinceMs: nowMs });
    }
  }

  /** True when `row` can hold no lease any more. The registration must be deleted before anybody relies on this. */
  leaseHasExpired(row: RegistryRow, nowMs: number): boolean {
    const last = this.seen.get(row.id);
    if (last?.round !== row.round) return false;
    return nowMs - last.sinceMs > expiryUpperBoundMs(row.lease_ms);
  }
}

/**
 * After a restore from a backup the registry may lack verifiers that still hold a lease from before. This is possible
 * while the server has not yet run for a lease term. The server's own clock cannot tell, because it may have been set.
 * What counts is how long this process has known this start of the server, on its own monotonic clock.
 */
export class RestartGrace {
  private start: string | null = null;
  private database: string | null = null;
  private seenSinceMs = 0;
  private longestLeaseMs = 0;

  /** The database is in a state that this process has not known before: it may have been restored, whatever its server says. */
  begin(nowMs: number): void {
    this.seenSinceMs = nowMs;
  }

  /**
   * All sessions of this process are in this database. Another one on the same server is as one that was restored: it may have
   * been put in the place of the one that verifiers hold leases of.
   */
  reach({ id, serverStart }: DatabaseIdentity, nowMs: number): void {
    if (this.database !== id) this.begin(nowMs);
    [this.database, this.start] = [id, serverStart];
  }

  /** @param leaseMs that some verifier has, or has had: the backup may be older than its registration */
  learn(leaseMs: number): void {
    this.longestLeaseMs = Math.max(this.longestLeaseMs, leaseMs);
  }

  /** True while verifiers that `reading` does not show may hold a lease, of `leaseMs` or as long as any that is known of. */
  registryMayBeIncomplete(reading: RegistryReading, leaseMs: number, nowMs: number): boolean {
    if (this.start !== reading.server_start) this.begin(nowMs);
    this.start = reading.server_start;
    this.learn(Math.max(leaseMs, reading.lease_ms_max));
    return nowMs - this.seenSinceMs < expiryUpperBoundMs(this.longestLeaseMs);
  }
}
