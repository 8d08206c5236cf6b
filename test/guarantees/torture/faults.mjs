// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import * as child from './child-faults.mjs';
import * as database from './database-faults.mjs';
import * as network from './network-faults.mjs';
import * as machine from './process-faults.mjs';

/**
 * How often each fault is chosen, what it is done to (a verifier, a client verifier, all of those, or the database), and where it is
 * possible at all. All durations come from the seed.
 */
export const FAULTS = {
  freeze: { weight: 22, on: 'verifier', inject: machine.freeze },
  stall: { weight: 14, on: 'verifier', inject: machine.stall },
  sleep: { weight: 10, on: 'verifier', inject: machine.sleepMonotonic, possible: ({ clocks }) => clocks },
  'wall-clock': { weight: 8, on: 'verifier', inject: machine.wallClock },
  kill: { weight: 5, on: 'verifier', inject: machine.kill },
  'kill-worker': { weight: 3, on: 'verifier', inject: machine.killWorker, possible: ({ workers }) => workers > 1 },
  'orderly-restart': { weight: 3, on: 'verifier', inject: machine.orderlyRestart },
  'wrong-listen-address': { weight: 3, on: 'verifier', inject: machine.wrongListenAddress },
  cut: { weight: 14, on: 'verifier', inject: network.cut },
  slow: { weight: 14, on: 'verifier', inject: network.slow },
  'black-hole': { weight: 8, on: 'verifier', inject: network.blackHole },
  forgotten: { weight: 6, on: 'verifier', inject: network.forgotten },
  'no-notifications': { weight: 8, on: 'verifier', inject: network.noNotifications },
  'held-transaction': { weight: 6, on: 'database', inject: database.heldTransaction },
  'held-owners': { weight: 5, on: 'database', inject: database.heldOwners },
  'frozen-backend': { weight: 4, on: 'database', inject: database.frozenBackend },
  'disk-full': { weight: 3, on: 'database', inject: database.diskFull, possible: ({ disk }) => disk !== null },
  'hung-standby': { weight: 3, on: 'database', inject: database.hungStandby, possible: ({ standby }) => standby !== null },
  'cancelled-waits': { weight: 4, on: 'database', inject: database.cancelledWaits, possible: ({ standby }) => standby !== null },
  'database-restart': { weight: 1, on: 'database', inject: database.restart },
  'database-crash': { weight: 1, on: 'database', inject: database.crash },
  'child-freeze': { weight: 14, on: 'child', inject: child.freeze, possible: withChildren },
  'child-stall': { weight: 12, on: 'child', inject: child.stall, possible: withChildren },
  'child-sleep': { weight: 8, on: 'child', inject: child.sleepMonotonic, possible: withChildren },
  'child-wall-clock': { weight: 6, on: 'child', inject: child.wallClock, possible: withChildren },
  'child-kill': { weight: 3, on: 'child', inject: child.kill, possible: withChildren },
  'stream-cut': { weight: 6, on: 'child', inject: child.cut, possible: withChildren },
  'stream-slow': { weight: 14, on: 'child', inject: child.slow, possible: withChildren },
  'stream-stuck': { weight: 10, on: 'child', inject: child.stuck, possible: withChildren },
  'stream-half-open': { weight: 10, on: 'child', inject: child.halfOpen, possible: withChildren },
  'reconnect-storm': { weight: 4, on: 'children', inject: child.reconnectStorm, possible: withChildren },
}; // prettier-ignore

function withChildren({ children }) {
  return children.length > 0;
}

/** Every so often everything is left alone for a while, to see that it recovers, and how it is without faults. */
const PHASE_MS = { faults: 9000, calm: 7000 };

/** @typedef {{name: string, target: number | 'database' | 'children', fromMs: number, untilMs: number}} FaultInterval */

/**
 * Injects faults until `untilMs`, one after another and some at the same time, chosen by `random`.
 * @param {any} world see world.mjs
 * @param {{valueOf(): number}} untilMs
 * @returns {{intervals: FaultInterval[], finished: Promise<unknown>}} what was done, still growing until it resolves
 */
export function injectFaults(world, untilMs) {
  /** @type {FaultInterval[]} */
  const intervals = [];
  const { random } = world;
  const weights = weightsOf(world);
  const busy = new Set();
  const underWay = new Set();
  const startedMs = performance.now();
  const isCalm = () => (performance.now() - startedMs) % (PHASE_MS.faults + PHASE_MS.calm) > PHASE_MS.faults;
  const begin = (name) => {
    const { on, inject } = FAULTS[name];
    const target =
      on === 'verifier' ? random.pick(world.verifiers) : on === 'child' ? random.pick(world.children) : on;
    if (busy.has(target)) return;
    busy.add(target);
    const interval = { name, target: target.index ?? target, fromMs: performance.now(), untilMs: Infinity };
    intervals.push(interval);
    const done = inject(world, target).finally(() => {
      interval.untilMs = performance.now();
      busy.delete(target);
      underWay.delete(done);
    });
    underWay.add(done);
  };
  const run = async () => {
    while (performance.now() < untilMs.valueOf() && Object.keys(weights).length > 0) {
      await sleep(random.between(0.2, 3) * world.leaseMs);
      if (!isCalm()) begin(random.weighted(weights));
    }
    await Promise.all(underWay);
  };
  return { intervals, finished: run() };
}

/** @returns {Record<string, number>} of the faults that are possible in `world`, and asked for */
export function weightsOf(world) {
  const chosen = Object.entries(FAULTS).filter(
    ([name, { possible }]) => (!world.only || world.only.includes(name)) && possible?.(world) !== false,
  );
  return Object.fromEntries(chosen.map(([name, { weight }]) => [name, weight]));
}
