import { performance } from 'node:perf_hooks';

/** Milliseconds on this process's monotonic clock. The only clock that leases and barriers trust, and only its rate. */
export function monotonicMs(): number {
  return performance.now();
}
