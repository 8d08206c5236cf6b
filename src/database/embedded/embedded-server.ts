import { setTimeout as delay } from 'node:timers/promises';
import { clusterOf, ensureCluster } from './cluster.js';
import { ensureDatabase } from './database-access.js';
import type { DatabaseHome } from './database-home.js';
import { explainFailure } from './embedded-postgres.error.js';
import { findFreePort } from './free-port.js';
import {
  findPostmaster,
  launchPostmaster,
  type Postmaster,
  stopPostmaster,
  waitUntilReady,
} from './postmaster.js';
import { isRunning } from './process-identity.js';
import type { ServerPrograms } from './server-programs.js';
import { removeStalePidFile } from './stale-pid-file.js';

/** Another process uses the port, or a server whose starter was killed was ready first. */
const ATTEMPTS = 5;
const LEFT_BEHIND = /lock file|shared memory block/;
const PASSING = /could not bind|lock file|shared memory block/;

interface ServerPlan {
  home: DatabaseHome;
  programs: ServerPrograms;
  password: string;
  report: (line: string) => void;
  /** `required`: the server listens there or does not start. Otherwise `preferred` is tried first. */
  port: { required: number | null; preferred: number | null };
}

/**
 * Resolves with a server of this directory that the application can connect to: the running one, or a new one, on a
 * new cluster if there is none. To be called under the lock.
 */
export async function bringUp(plan: ServerPlan): Promise<Postmaster> {
  const running = await adopt(plan.home);
  const postmaster = running ?? (await launch(plan));
  try {
    await ensureDatabase(plan.home, postmaster.port, plan.password);
  } catch (error) {
    if (!running) await stopPostmaster(postmaster);
    throw error;
  }
  return postmaster;
}

/** The running server, once it is ready; null when there is none, or it ends while we wait. */
async function adopt(home: DatabaseHome): Promise<Postmaster | null> {
  const running = findPostmaster(home);
  if (!running || running.ready) return running;
  const ended = () => (isRunning(running) ? null : new Error('ended'));
  return waitUntilReady(home, ended).catch((error: unknown) => {
    if (ended()) return null;
    throw error;
  });
}

async function launch(plan: ServerPlan): Promise<Postmaster> {
  const { home, programs, report } = plan;
  await ensureCluster(home, programs, plan.password, report);
  const slow = setTimeout(() => report('Waiting for the database to recover and accept connections…'), 1000);
  try {
    await removeStalePidFile(clusterOf(home));
    for (let attempt = 1; ; attempt += 1) {
      const port = plan.port.required ?? (await findFreePort(attempt === 1 ? plan.port.preferred : null));
      try {
        return await launchPostmaster(home, programs, port);
      } catch (error) {
        const other = await adopt(home);
        if (other) return other;
        const passing = plan.port.required ? LEFT_BEHIND : PASSING;
        if (attempt === ATTEMPTS || !passing.test(String((error as Error).cause))) throw error;
        await delay(100 * attempt);
      }
    }
  } catch (error) {
    throw explainFailure(error, clusterOf(home));
  } finally {
    clearTimeout(slow);
  }
}
