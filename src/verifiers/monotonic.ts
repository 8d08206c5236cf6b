import { performance } from 'node:perf_hooks';
import { type Clock, type Moment, momentOf } from '../lease/clock.js';

/** Milliseconds on this process's monotonic clock. The only clock that leases and barriers trust, and only its rate. */
export function monotonicMs(): number {
  return performance.now();
}

/** The clocks and timers of this process. */
export const processClock: Clock = {
  monotonicMs,
  wallMs: () => Date.now(),
  after(ms, task, isIdle = false) {
    const timer = setTimeout(task, ms);
    if (isIdle) timer.unref();
    return () => clearTimeout(timer);
  },
  every(ms, task) {
    const timer = setInterval(task, ms).unref();
    return () => clearInterval(timer);
  },
  soon: (task) => void setImmediate(task),
};

export function thisMoment(): Moment {
  return momentOf(processClock);
}
