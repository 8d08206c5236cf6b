// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

export async function freeze({ random, leaseMs }, verifier) {
  if (!verifier.up) return;
  await verifier.freeze();
  await sleep(random.between(0.1, 4) * leaseMs);
  verifier.thaw();
}

export async function stall({ random, leaseMs }, verifier) {
  const stallMs = random.between(0.1, 3) * leaseMs;
  verifier.order({ stallMs });
  await sleep(stallMs);
}

/** The machine sleeps, and with it its monotonic clock; its wall clock, when it wakes, is what tells. */
export async function sleepMonotonic({ random, leaseMs }, verifier) {
  if (verifier.up) await verifier.sleep(random.between(0.8, 4) * leaseMs);
}

/**
 * The witness for sleep is taken with each round: for a lease after the wall clock was set, nothing else may happen
 * to the machine.
 */
export async function wallClock({ random, leaseMs }, verifier) {
  verifier.order({ wallOffsetMs: random.between(-1, 1) * random.pick([1000, 3_600_000, 86_400_000 * 400]) });
  await sleep(random.between(1.2, 2) * leaseMs);
}

export async function kill(_, verifier) {
  await verifier.kill('SIGKILL');
  await verifier.start();
}

export async function killWorker({ random, leaseMs }, verifier) {
  verifier.killWorker(random);
  await sleep(leaseMs);
}

export async function orderlyRestart(_, verifier) {
  await verifier.kill('SIGTERM');
  await verifier.start();
}

/** Somebody moved the database and forgot a setting: the verifier's own session leads to another one. */
export async function wrongListenAddress({ random, leaseMs, elsewhereUrl }, verifier) {
  await verifier.kill('SIGTERM');
  await verifier.start({ RESCIND_LISTEN_URL: elsewhereUrl });
  await sleep(random.between(2, 8) * leaseMs);
  await verifier.kill('SIGTERM');
  await verifier.start();
}
