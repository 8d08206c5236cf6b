// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

/** What may happen to the program that a client verifier is part of, and to its stream. */

export async function freeze({ random, leaseMs }, child) {
  if (!child.up) return;
  await child.freeze();
  await sleep(random.between(0.1, 4) * leaseMs);
  child.thaw();
}

export async function stall({ random, leaseMs }, child) {
  const stallMs = random.between(0.1, 3) * leaseMs;
  child.order({ stallMs });
  await sleep(stallMs);
}

/** Its monotonic clock stands still with it; its wall clock tells. */
export async function sleepMonotonic({ random, leaseMs }, child) {
  const sleepMs = random.between(0.8, 4) * leaseMs;
  child.order({ sleepMs });
  await sleep(sleepMs);
}

/** The witness for sleep is taken with each beat: for a lease after the wall clock was set, nothing else may happen. */
export async function wallClock({ random, leaseMs }, child) {
  child.order({ wallOffsetMs: random.between(-1, 1) * random.pick([1000, 3_600_000, 86_400_000 * 400]) });
  await sleep(random.between(1.2, 2) * leaseMs);
}

export async function kill(_, child) {
  await child.kill();
  await child.start();
}

export async function cut({ random }, { proxies }) {
  for (const proxy of proxies) proxy.cut();
  await sleep(random.between(0, 200));
}

/** In one direction or both. What the server says comes late to the one, what the other acknowledges late to the server. */
export async function slow({ random, leaseMs }, { proxies }) {
  const lateMs = random.between(0.05, 0.9) * leaseMs;
  const late = random.pick([
    { up: 0, down: lateMs },
    { up: lateMs, down: 0 },
    { up: lateMs / 2, down: lateMs / 2 },
  ]);
  for (const proxy of proxies) proxy.lateMs = late;
  await sleep(random.between(0.5, 4) * leaseMs);
  for (const proxy of proxies) proxy.lateMs = { up: 0, down: 0 };
}

/** Nothing passes for a while, and then all of it comes at once. */
export async function stuck({ random, leaseMs }, { proxies }) {
  const still = random.pick([
    { up: false, down: true },
    { up: true, down: false },
    { up: true, down: true },
  ]);
  for (const proxy of proxies) proxy.stuck = still;
  await sleep(random.between(0.2, 4) * leaseMs);
  for (const proxy of proxies) proxy.stuck = { up: false, down: false };
}

/** The connections that there are live on at both ends and pass nothing, or only one way, ever again. */
export async function halfOpen({ random, leaseMs }, { proxies }) {
  const directions = random.pick([['up'], ['down'], ['up', 'down']]);
  for (const proxy of proxies) proxy.silence(directions);
  await sleep(random.between(1, 6) * leaseMs);
  for (const proxy of proxies) proxy.cut();
}

/** All are thrown out again and again, and come back. */
export async function reconnectStorm({ random, leaseMs, children }) {
  const untilMs = performance.now() + random.between(0.5, 4) * leaseMs;
  while (performance.now() < untilMs) {
    for (const { proxies } of children) for (const proxy of proxies) proxy.cut();
    await sleep(random.between(20, 250));
  }
}
