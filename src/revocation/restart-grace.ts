import { Injectable } from '@nestjs/common';
import { expiryUpperBoundMs } from './clock-rates.js';
import type { RegistryReading } from './registry.sql.js';

/**
 * After a restore from a backup the registry may lack verifiers that still hold a lease from before. This is possible
 * while the server has not yet run for a lease term. The server's own clock cannot tell, because it may have been set.
 * What counts is how long this process has known this start of the server, on its own monotonic clock.
 */
@Injectable()
export class RestartGrace {
  private start: string | null = null;
  private database: string | null = null;
  private seenSinceMs = 0;
  private longestLeaseMs = 0;

  /** @param start of the server that a session of this process has reached, as an opaque text */
  see(start: string, nowMs: number): void {
    if (this.start === start) return;
    this.start = start;
    this.seenSinceMs = nowMs;
  }

  /**
   * @param database that all sessions of this process are in, as an opaque text. Another one on the same server is as one that
   * was restored: it may have been put in the place of the one that verifiers hold leases of.
   */
  reach(database: string, nowMs: number): void {
    if (this.database !== null && this.database !== database) this.seenSinceMs = nowMs;
    this.database = database;
  }

  /** @param leaseMs that some verifier has, or has had: the backup may be older than its registration */
  learn(leaseMs: number): void {
    this.longestLeaseMs = Math.max(this.longestLeaseMs, leaseMs);
  }

  /** True while verifiers that `reading` does not show may hold a lease, of `leaseMs` or as long as any that is known of. */
  registryMayBeIncomplete(reading: RegistryReading, leaseMs: number, nowMs: number): boolean {
    this.see(reading.server_start, nowMs);
    this.learn(Math.max(leaseMs, reading.lease_ms_max));
    return nowMs - this.seenSinceMs < expiryUpperBoundMs(this.longestLeaseMs);
  }
}
