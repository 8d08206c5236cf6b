import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const STOP_MS_MAX = 20_000;

/**
 * Stops what the run shared, and fails the run when a process was left behind or when a log of any process holds
 * a secret that was handed out, or its digest (R8).
 */
export default async function tearDown() {
  const { keeper, gone, directory } = globalThis.__rescindKeeper;
  const complaints = await stopWorkersApplications(directory);
  complaints.push(...leftBehind(directory), ...leaks(directory));
  keeper.stdin.end();
  await gone;
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}

async function stopWorkersApplications(directory) {
  const pids = readdirSync(directory)
    .filter((name) => /^worker-\d+\.json$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')).pid);
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGTERM');
  const giveUpAtMs = performance.now() + STOP_MS_MAX;
  while (pids.some(isAlive) && performance.now() < giveUpAtMs) await delay(50);
  const deaf = pids.filter(isAlive);
  return deaf.map((pid) => `The application ${pid} did not stop within ${STOP_MS_MAX} ms of SIGTERM.`);
}

function leftBehind(directory) {
  return readdirSync(directory)
    .map((name) => /^(\d+)\.process$/.exec(name)?.[1])
    .filter((pid) => pid !== undefined && isAlive(Number(pid)))
    .map((pid) => `A test left the process ${pid} behind.`);
}

function leaks(directory) {
  const { secrets } = JSON.parse(readFileSync(join(directory, 'run.json'), 'utf8'));
  const list = join(directory, 'secrets.txt');
  const issued = existsSync(list) ? readFileSync(list, 'utf8').split('\n').filter(Boolean) : [];
  const pepper = Buffer.from(secrets.RESCIND_PEPPER, 'base64');
  const needles = new Set([secrets.RESCIND_PEPPER, secrets.RESCIND_BOOTSTRAP_TOKEN]);
  for (const secret of [secrets.RESCIND_BOOTSTRAP_TOKEN, ...issued]) {
    const digest = createHmac('sha256', pepper).update(secret).digest();
    for (const needle of [secret, digest.toString('hex'), digest.toString('base64')]) needles.add(needle);
  }
  return readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) => {
      const log = readFileSync(join(directory, name), 'utf8');
      const found = [...needles].filter((needle) => log.includes(needle)).length;
      return found === 0 ? [] : [`The log ${name} holds ${found} secrets or digests.`];
    });
}

function isAlive(pid) {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return existsSync('/proc/self/stat') ? false : signalable(pid);
  }
}

function signalable(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
