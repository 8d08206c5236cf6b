// @ts-check
/**
 * node bench/log-checks.mjs: CPU of what binds an event to the signing key, and of checking it, by the built service's own
 * code in one process. Needs no database.
 */
import { generateKeyPairSync } from 'node:crypto';
import { eventMaker } from './scale/event-mix.mjs';
import { uuidAt } from './lib/mint.mjs';
import { ensureBuild, root } from './lib/prerequisites.mjs';

const EVENTS = 200_000;
const WARM_UP = 50_000;

await ensureBuild();
const { SigningKeys } = await import(`${root}/dist/secrets/signing-keys.js`);
const { EventMacs } = await import(`${root}/dist/audit/trail/event-macs.js`);
const { canonicalEvent } = await import(`${root}/dist/log-format/canonical-event.js`);
const { leafHash } = await import(`${root}/dist/log-format/transparency/merkle-tree.js`);

const { privateKey: signingKey } = generateKeyPairSync('ed25519');
const macs = new EventMacs(new SigningKeys({ signingKey, retiredSigningKeys: [] }));
const log = uuidAt(Date.now());
const { eventOf } = eventMaker({ id: log, whole: 1000 });
const events = Array.from({ length: 1000 }, (_, index) => eventOf(index + 1));
const rows = events.map((event) => {
  const leaf = leafHash(canonicalEvent(event));
  return { event, leaf, mac: macs.macOf(log, event.sequence, leaf) };
});

/** @param {(row: typeof rows[number]) => unknown} work @returns {number} microseconds of CPU an event */
function costOf(work) {
  const all = (/** @type {number} */ count) => {
    for (let index = 0; index < count; index++) work(rows[index % rows.length]);
  };
  all(WARM_UP);
  const before = process.cpuUsage();
  all(EVENTS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / EVENTS;
}

const isWhole = ({ event, leaf, mac }) =>
  leafHash(canonicalEvent(event)).equals(leaf) && macs.judge(log, event.sequence, leaf, mac) === 'genuine';
if (!rows.every(isWhole)) throw new Error('a row that was just made is not believed');

const whole = costOf(isWhole);
console.log(`MAC made: ${costOf(({ event, leaf }) => macs.macOf(log, event.sequence, leaf)).toFixed(1)} µs`);
console.log(`text and leaf hash: ${costOf(({ event }) => leafHash(canonicalEvent(event))).toFixed(1)} µs`);
console.log(`checked whole: ${whole.toFixed(1)} µs, ${Math.round(1e6 / whole)} events a core second`);
