// @ts-check
/** How long after a fault its traces may show: sessions are given up and made anew, leases earned again. */
const RECOVERY_MS = 4000;

/**
 * The times at which a verifier was, or may still have been, under a fault of its own or of the database. A client verifier
 * suffers from whatever happens to anybody.
 */
export class FaultWindows {
  #byTarget = new Map();

  /**
   * @param {import('./faults.mjs').FaultInterval[]} intervals
   * @param {number} leaseMs
   * @param {number} verifiers how many
   */
  constructor(intervals, leaseMs, verifiers) {
    const after = (interval) => interval.untilMs + 2 * leaseMs + RECOVERY_MS;
    const windows = intervals.map((interval) => ({ ...interval, untilMs: after(interval) }));
    for (let index = 0; index < verifiers; index++)
      this.#byTarget.set(
        index,
        merged(windows.filter(({ target }) => target === index || target === 'database')),
      );
    this.#byTarget.set('any', merged(windows));
  }

  /** Whether `verifier`, or any when that is named, had nothing to suffer from between the two times. */
  isCalm(verifier, startMs, endMs) {
    const windows = this.#byTarget.get(verifier) ?? this.#byTarget.get('any');
    let low = 0;
    let high = windows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (windows[middle].untilMs < startMs) low = middle + 1;
      else high = middle;
    }
    return low === windows.length || windows[low].fromMs > endMs;
  }
}

function merged(windows) {
  const result = [];
  for (const { fromMs, untilMs } of windows.sort((left, right) => left.fromMs - right.fromMs)) {
    const last = result.at(-1);
    if (last && fromMs <= last.untilMs) last.untilMs = Math.max(last.untilMs, untilMs);
    else result.push({ fromMs, untilMs });
  }
  return result;
}
