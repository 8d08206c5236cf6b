import { getHeapStatistics, setFlagsFromString } from 'node:v8';

const GROWTH_PERCENT = { small: 40, large: 15 };
const LARGE_BYTES = 128 * 1024 * 1024;
const LOOK_MS = 5000;

/**
 * For RESCIND_SMALL_MEMORY, the heap grows by 40 % between full collections, and a large one by 15 %. By default V8
 * lets a small heap grow to four times its size: an export of a million events then takes 200 MB of a new process,
 * and with this 40 MB. A million remembered tokens take half as much again. The price is a lower rate of verdicts
 * (docs/performance.md). To be called before anything else is loaded.
 */
export function boundHeapGrowth(): void {
  const adjust = (): void => {
    const size = getHeapStatistics().used_heap_size > LARGE_BYTES ? 'large' : 'small';
    setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT[size]}`);
  };
  adjust();
  setInterval(adjust, LOOK_MS).unref();
}
