// @ts-check
import { median, theilSen } from '../lib/statistics.mjs';

/** What may grow over the measured part by chance: a share of its median, and at least so much. */
const TOLERANCE = {
  residentMegabytes: { share: 0.15, least: 30 },
  heapMegabytes: { share: 0.15, least: 15 },
  handles: { share: 0.15, least: 10 },
  connections: { share: 0.2, least: 3 },
  p99: { share: 1, least: 50 },
};

/**
 * Judges the windows after the first third, which is warm-up. Unbounded is what the robust slope (Theil-Sen)
 * carries beyond the tolerance and what also ended higher than it began: one outlier is no growth.
 */
export function growthOf(windows) {
  const measured = windows.slice(Math.floor(windows.length / 3));
  const half = Math.floor(measured.length / 2);
  return Object.entries(TOLERANCE).map(([name, { share, least }]) => {
    const values = measured.map((window) => window[name]);
    const grown = theilSen(values.map((value, index) => [index, value])) * (values.length - 1);
    const allowed = Math.max(share * median(values), least);
    const rose = median(values.slice(half)) > median(values.slice(0, half));
    return { name, from: values[0], to: values.at(-1), grown, allowed, unbounded: rose && grown > allowed };
  });
}
