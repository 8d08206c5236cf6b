// @ts-check
/**
 * `npm run torture -- --minutes N --seed S`: attacks Rescind with faults and proves from the clients' history that
 * nothing revoked was ever answered active. Exits with 1 if anything was found. What is done and how it is judged:
 * docs/adr/0003-leases-over-a-transactional-feed.md.
 */
import { parseArgs } from 'node:util';
import { buildIfNeeded } from '../../../bin/build-if-needed.mjs';
import { buildPackagesIfNeeded } from '../../../scripts/build-packages.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    verifiers: { type: 'string', default: '3' },
    lease: { type: 'string' },
    faults: { type: 'string' },
    profile: { type: 'string' },
    sabotage: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const seconds = values.seconds ? Number(values.seconds) : Number(values.minutes ?? 1) * 60;
await buildIfNeeded();
buildPackagesIfNeeded();
const { torture } = await import('./run.mjs');
const { SABOTAGES } = await import('./sabotages.mjs');
const sabotage = values.sabotage === undefined ? undefined : SABOTAGES[values.sabotage];
if (values.sabotage !== undefined && sabotage === undefined)
  throw new Error(`There are these sabotages: ${Object.keys(SABOTAGES).join(', ')}`);
const leaseMs = Number(values.lease ?? sabotage?.leaseMs ?? 500);
console.error(`seed ${seed}, ${seconds} s, ${values.verifiers} verifiers, lease ${leaseMs} ms`);
const report = await torture(
  {
    seconds,
    seed,
    verifiers: Number(values.verifiers),
    leaseMs,
    changes: sabotage?.changes,
    only: values.faults?.split(',') ?? sabotage?.faults,
    profile: values.profile === undefined ? sabotage && { ...sabotage.profile } : named(values.profile),
    sabotage: values.sabotage,
  },
  (line) => console.error(line),
);
const { violations, differences, ...counts } = report;
const kinds = countBy([...violations.map(({ kind }) => kind), ...differences.map(({ what }) => what)]);
if (values.json)
  console.log(JSON.stringify({ seed, ...counts, kinds, differences, violations: violations.slice(0, 20) }));
else {
  console.log(counts);
  for (const violation of violations.slice(0, 10)) console.log('VIOLATION', violation);
  for (const { what, ids } of differences) console.log('DIFFERENCE', what, ids.length, ids.slice(0, 5));
  console.log(kinds);
  console.log(`${violations.length} violations, ${differences.length} kinds of differences`);
}
process.exit(violations.length + differences.length === 0 ? 0 : 1);

/** `durable,workers=3` as a profile; an empty one is the plainest. */
function named(list) {
  const settings = list
    .split(',')
    .filter(Boolean)
    .map((each) => each.split('='));
  return Object.fromEntries(
    settings.map(([name, value]) => [name, value === undefined ? true : Number(value)]),
  );
}

function countBy(names) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
