import type { RegistryReading } from './registry.sql.js';
import { outlastingMs } from './silence.js';

/**
 * After a restore from a backup the registry may lack verifiers that still hold a lease from before. A server that
 * has not run for a lease term may be such a one. How long it has run is told by its own clock; in case that was set
 * back, this process's monotonic clock bounds the wait.
 */
export class ServerYouth {
  private start: string | null = null;
  private seenSinceMs = 0;

  /** True while verifiers that `reading` does not show may hold a lease of up to `leaseMs`. */
  mayHideVerifiers(reading: RegistryReading, leaseMs: number, nowMs: number): boolean {
    if (this.start !== reading.server_start) {
      this.start = reading.server_start;
      this.seenSinceMs = nowMs;
    }
    const term = outlastingMs(Math.max(leaseMs, ...reading.others.map((row) => row.lease_ms)));
    return reading.server_age_ms < term && nowMs - this.seenSinceMs < term;
  }
}
