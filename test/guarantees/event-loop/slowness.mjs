// @ts-check
import { execFileSync } from 'node:child_process';
import { usedSoFarMs } from './thread-time.mjs';

/** What the work below takes on two cores of an AMD EPYC with nothing else to do, in milliseconds. */
const REFERENCE_MS = 0.12;
const REPETITIONS = 40;

const MEASUREMENTS = 3;

/**
 * How many times as long as the processor of docs/performance.md this one takes at the moment for the same work; at least 1.
 * Others who use its caches, or its other half, make it slower as well, so it is asked again each time. In processes of their
 * own, which run as the one that is measured does.
 */
export function slowness() {
  const measure = () =>
    Number(execFileSync(process.execPath, [import.meta.filename, 'measure'], { encoding: 'utf8' }));
  const least = Math.min(...Array.from({ length: MEASUREMENTS }, measure));
  return Math.max(1, least / REFERENCE_MS);
}

/** Processor time of some work like that of a request: texts are made into objects, sorted, and made into texts. */
function workMs() {
  const text = JSON.stringify(
    Array.from({ length: 200 }, (_, n) => ({ id: `number ${n}`, when: n * 7919, tags: ['a', `${n}`] })),
  );
  let least = Infinity;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const startMs = usedSoFarMs();
    const items = JSON.parse(text);
    const sorted = items.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    const byId = new Map(sorted.map((item) => [item.id, { ...item, text: JSON.stringify(item) }]));
    if (byId.size !== items.length) throw new Error('two have one id');
    least = Math.min(least, usedSoFarMs() - startMs);
  }
  return least;
}

if (process.argv[2] === 'measure') console.log(workMs());
