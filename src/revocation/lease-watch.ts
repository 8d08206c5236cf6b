import type { RegistryRow } from './registry.sql.js';

/** Room for clocks that run at slightly different rates, in parts of the lease. */
const RATE_MARGIN = 0.02;
const MARGIN_MS = 10;

/** How long this process waits, on its own clock, to be sure that a lease of `leaseMs` has ended on any other. */
export function expiryUpperBoundMs(leaseMs: number): number {
  return leaseMs * (1 + RATE_MARGIN) + MARGIN_MS;
}

/**
 * How long each verifier's registration has stood still, on this process's monotonic clock. A lease rests on a
 * round that was committed before the row was first seen to carry it, so a row that has stood still for the
 * lease term carries no lease any more, whatever the wall clocks of database or verifier say.
 *
 * Only rows that lack something are shown. One that is not shown is forgotten, and counted anew from when it is shown
 * again: that may be later than it stopped, never earlier.
 */
export class LeaseWatch {
  private readonly seen = new Map<string, { round: string; sinceMs: number }>();

  /** Takes a look at the registry that was answered at `nowMs`. */
  observe(rows: readonly RegistryRow[], nowMs: number): void {
    const present = new Set(rows.map((row) => row.id));
    for (const id of this.seen.keys()) if (!present.has(id)) this.seen.delete(id);
    for (const { id, round } of rows) {
      if (this.seen.get(id)?.round !== round) this.seen.set(id, { round, sinceMs: nowMs });
    }
  }

  /** True when no lease can rest on `row` any more. The registration must then be taken before that is relied on. */
  leaseHasExpired(row: RegistryRow, nowMs: number): boolean {
    const last = this.seen.get(row.id);
    if (last?.round !== row.round) return false;
    return nowMs - last.sinceMs > expiryUpperBoundMs(row.lease_ms);
  }
}
