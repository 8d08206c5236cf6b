import { expiryUpperBoundMs } from './clock-rates.js';
import type { DatabaseIdentity } from './database-identity.js';
import type { RegistryReading } from './ports.js';

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
