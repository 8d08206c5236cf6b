import { getHeapStatistics, setFlagsFromString } from 'node:v8';

const GROWTH_PERCENT = { small: 40, large: 15 };
const LARGE_BYTES = 128 * 1024 * 1024;
const LOOK_MS = 5000;

/**
 * Lets the heap grow by 40 % between full collections, and a large one by 15 %, for RESCIND_SMALL_MEMORY. V8 lets a small one
 * grow to the fourfold: an export of a million events then takes 200 MB of a fresh process, and with this 40; a million
 * remembered tokens take half as much again. The price is a share of the rate at which verdicts are answered
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
