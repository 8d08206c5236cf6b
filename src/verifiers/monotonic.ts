import { performance } from 'node:perf_hooks';

/** Milliseconds on this process's monotonic clock. The only clock that leases and barriers trust, and only its rate. */
export function monotonicMs(): number {
  return performance.now();
}

/** One moment on both clocks of this process. Their difference grows while the machine sleeps. */
export interface Moment {
  monotonicMs: number;
  wallMs: number;
}

export function thisMoment(): Moment {
  return { wallMs: Date.now(), monotonicMs: monotonicMs() };
}
