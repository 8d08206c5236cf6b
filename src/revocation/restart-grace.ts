import { Injectable } from '@nestjs/common';
import type { RegistryReading } from './registry.sql.js';
import { expiryUpperBoundMs } from './lease-watch.js';

/**
 * After a restore from a backup the registry may lack verifiers that still hold a lease from before. This is possible
 * while the server has not yet run for a lease term. The server's own clock cannot tell, because it may have been set.
 * What counts is how long this process has known this start of the server, on its own monotonic clock.
 */
@Injectable()
export class RestartGrace {
  private start: string | null = null;
  private seenSinceMs = 0;

  /** @param start of the server that a session of this process has reached, as an opaque text */
  see(start: string, nowMs: number): void {
    if (this.start === start) return;
    this.start = start;
    this.seenSinceMs = nowMs;
  }

  /** True while verifiers that `reading` does not show may hold a lease of up to `leaseMs`. */
  registryMayBeIncomplete(reading: RegistryReading, leaseMs: number, nowMs: number): boolean {
    this.see(reading.server_start, nowMs);
    return nowMs - this.seenSinceMs < expiryUpperBoundMs(Math.max(leaseMs, reading.lease_ms_max));
  }
}
