import { expiryUpperBoundMs } from './clock-rates.js';
import type { RegistryRow } from './ports.js';

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
