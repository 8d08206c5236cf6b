// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

/** What sessions of a server are for, by their application_name. */
const SESSIONS = ['rescind-verifier', 'rescind', 'rescind-revoke', 'rescind-verify', 'rescind-registry'];
/** Where slowness parts those who look, act and confirm from each other: the first two are what races are made of. */
const SLOWED = ['rescind', 'rescind', 'rescind-verify', 'rescind-verify', ...SESSIONS, '*'];

export async function cut({ random }, { proxy }) {
  proxy.cut(random.pick([...SESSIONS, undefined]));
  await sleep(random.between(0, 200));
}

export async function slow({ random, leaseMs }, { proxy }) {
  const name = random.pick(SLOWED);
  const lateMs = random.between(0.01, 0.6) * leaseMs;
  // Late answers alone: what was read is old by the time it arrives.
  proxy.delays.set(name, { requestMs: random.pick([0, lateMs]), answerMs: lateMs });
  await sleep(random.between(0.5, 4) * leaseMs);
  proxy.delays.delete(name);
}

export async function blackHole({ random, leaseMs }, { proxy }) {
  proxy.blackHole = true;
  await sleep(random.between(0.2, 4) * leaseMs);
  if (random.next() < 0.5) proxy.cut();
  proxy.blackHole = false;
}

/** The network forgets the connections that there are; new ones can be made at once, or after a while. */
export async function forgotten({ random, leaseMs }, { proxy }) {
  proxy.blackHole = random.next() < 0.5;
  proxy.silence();
  await sleep(random.between(0.2, 6) * leaseMs);
  proxy.blackHole = false;
}

export async function noNotifications({ random, leaseMs }, { proxy }) {
  proxy.dropNotifications = true;
  await sleep(random.between(1, 8) * leaseMs);
  proxy.dropNotifications = false;
}
