// @ts-check
/**
 * Loaded into a Rescind process before the application (`node --import`): gives it a wall clock that can be wrong,
 * event-loop stalls, sleeps of the machine, and, to test the judges, a sabotage (sabotages.mjs). So into programs with a client
 * verifier (TORTURE_ROLE=child). Orders are read from the
 * file named by TORTURE_ORDERS at each SIGUSR2: {"wallOffsetMs": …}, {"stallMs": …} or {"sleepMs": …}. Monotonic clocks are
 * left alone, but for a sleep, which they do not count.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const RealDate = Date;
let wallOffsetMs = Number(process.env.TORTURE_WALL_OFFSET_MS ?? 0);
const wallNow = () => RealDate.now() + wallOffsetMs;

const realMonotonicNow = performance.now.bind(performance);
let sleptMs = 0;
performance.now = () => realMonotonicNow() - sleptMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [wallNow()] : given, newTarget),
  apply: (target) => new target(wallNow()).toString(),
  get: (target, name, receiver) => (name === 'now' ? wallNow : Reflect.get(target, name, receiver)),
});

process.on('SIGUSR2', () => {
  const orders = JSON.parse(readFileSync(process.env.TORTURE_ORDERS, 'utf8'));
  if (orders.wallOffsetMs !== undefined) wallOffsetMs = orders.wallOffsetMs;
  if (orders.stallMs !== undefined) {
    const untilMs = performance.now() + orders.stallMs;
    while (performance.now() < untilMs);
  }
  if (orders.sleepMs !== undefined) {
    const fromMs = realMonotonicNow();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, orders.sleepMs);
    sleptMs += realMonotonicNow() - fromMs;
  }
});

const { TORTURE_SABOTAGE: sabotage, TORTURE_ROLE: role } = process.env;
if (sabotage) {
  const { patch, patchChild } = (await import('./sabotages.mjs')).SABOTAGES[sabotage];
  await (role === 'child' ? patchChild : patch)?.();
}
