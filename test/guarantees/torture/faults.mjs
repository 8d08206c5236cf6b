import { setTimeout as sleep } from 'node:timers/promises';

/** How often each fault is chosen, and what it does; all durations come from the seed. */
const FAULTS = {
  freeze: { weight: 22, inject: freeze },
  stall: { weight: 14, inject: stall },
  cut: { weight: 14, inject: cut },
  slow: { weight: 14, inject: slow },
  'black-hole': { weight: 8, inject: blackHole },
  forgotten: { weight: 6, inject: forgotten },
  'no-notifications': { weight: 8, inject: noNotifications },
  'wall-clock': { weight: 8, inject: wallClock },
  kill: { weight: 5, inject: kill },
  'orderly-restart': { weight: 3, inject: orderlyRestart },
  'database-restart': { weight: 1, inject: databaseRestart },
  'database-crash': { weight: 1, inject: databaseCrash },
};

/**
 * Injects faults until `untilMs`, one after another and some at the same time, chosen by `random`.
 * @param world {verifiers, cluster, leaseMs, random, only?: names of the faults to choose from}
 * @returns intervals {name, fromMs, untilMs} of what was done, still growing until it resolves
 */
export function injectFaults(world, untilMs) {
  const intervals = [];
  const { random, only } = world;
  const weights = Object.fromEntries(
    Object.entries(FAULTS)
      .filter(([name]) => !only || only.includes(name))
      .map(([name, { weight }]) => [name, weight]),
  );
  const busy = new Map();
  const underWay = new Set();
  const run = async () => {
    while (performance.now() < untilMs) {
      await sleep(random.between(0.2, 3) * world.leaseMs);
      const name = random.weighted(weights);
      const target = name.startsWith('database') ? 'database' : random.pick(world.verifiers);
      if (busy.get(target) || (target === 'database' && world.cluster.away)) continue;
      busy.set(target, true);
      const interval = { name, fromMs: performance.now(), untilMs: Infinity };
      intervals.push(interval);
      const done = FAULTS[name].inject(target, world).finally(() => {
        interval.untilMs = performance.now();
        busy.set(target, false);
        underWay.delete(done);
      });
      underWay.add(done);
    }
    await Promise.all(underWay);
  };
  return { intervals, finished: run() };
}

async function freeze(verifier, { random, leaseMs }) {
  if (!verifier.up) return;
  verifier.freeze();
  await sleep(random.between(0.1, 4) * leaseMs);
  verifier.thaw();
}

async function stall(verifier, { random, leaseMs }) {
  const stallMs = random.between(0.1, 3) * leaseMs;
  verifier.order({ stallMs });
  await sleep(stallMs);
}

async function cut(verifier, { random }) {
  verifier.proxy.cut(
    random.pick([
      'rescind-verifier',
      'rescind',
      'rescind-revoke',
      'rescind-verify',
      'rescind-registry',
      undefined,
    ]),
  );
  await sleep(random.between(0, 200));
}

async function slow(verifier, { random, leaseMs }) {
  const name = random.pick(['rescind-verifier', 'rescind', 'rescind-revoke', 'rescind-verify', '*']);
  const lateMs = random.between(0.01, 0.6) * leaseMs;
  // Late answers alone: what was read is old by the time it arrives.
  verifier.proxy.delays.set(name, { requestMs: random.pick([0, lateMs]), answerMs: lateMs });
  await sleep(random.between(0.5, 4) * leaseMs);
  verifier.proxy.delays.delete(name);
}

async function blackHole(verifier, { random, leaseMs }) {
  verifier.proxy.blackHole = true;
  await sleep(random.between(0.2, 4) * leaseMs);
  if (random.next() < 0.5) verifier.proxy.cut();
  verifier.proxy.blackHole = false;
}

/** The network forgets the connections that there are; new ones can be made at once, or after a while. */
async function forgotten(verifier, { random, leaseMs }) {
  verifier.proxy.blackHole = random.next() < 0.5;
  verifier.proxy.silence();
  await sleep(random.between(0.2, 6) * leaseMs);
  verifier.proxy.blackHole = false;
}

async function noNotifications(verifier, { random, leaseMs }) {
  verifier.proxy.dropNotifications = true;
  await sleep(random.between(1, 8) * leaseMs);
  verifier.proxy.dropNotifications = false;
}

async function wallClock(verifier, { random }) {
  verifier.order({ wallOffsetMs: random.between(-1, 1) * random.pick([1000, 3_600_000, 86_400_000 * 400]) });
  await sleep(random.between(0, 500));
}

async function kill(verifier) {
  await verifier.kill('SIGKILL');
  await verifier.start();
}

async function orderlyRestart(verifier) {
  await verifier.kill('SIGTERM');
  await verifier.start();
}

async function databaseRestart(_, { cluster }) {
  await cluster.stop();
  await cluster.start();
}

async function databaseCrash(_, { cluster, random }) {
  await cluster.crash();
  await sleep(random.between(0, 1500));
  await cluster.start();
}
