import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clusterOf } from './cluster.js';
import type { DatabaseHome } from './database-home.js';
import { EmbeddedPostgresError, explainFailure } from './embedded-postgres.error.js';
import { findCommandLine, findProcess, isRunning, type ProcessIdentity } from './process-identity.js';
import { serverEnvironment, type ServerPrograms } from './server-programs.js';

/** A live PostgreSQL server. */
export interface Postmaster extends ProcessIdentity {
  port: number;
  /** It has finished recovery and accepts connections. */
  ready: boolean;
}

const POLL_MS = 10;
const READY_MS = 300_000;
const FAST_STOP_MS = 10_000;
const IMMEDIATE_STOP_MS = 10_000;

/** On the command line, so that they are those of the program and not those of the version that made the cluster. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Details of a constraint error quote column values, and statements may hold literals: neither may reach the log (R8).
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
};

/** The live server of this home's cluster; null when there is none, whatever a stale postmaster.pid says. */
export function findPostmaster(home: DatabaseHome): Postmaster | null {
  const cluster = clusterOf(home);
  const lines = readPidFile(cluster);
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return null;
  const identity = findProcess(pid);
  if (!identity || !`${findCommandLine(pid)} `.includes(`postgres -D ${cluster} `)) return null;
  return { ...identity, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/**
 * Starts the server and resolves when it accepts connections. It runs in a session of its own: Ctrl-C in the
 * terminal signals only the application, which drains first and then stops the server.
 * @throws EmbeddedPostgresError with the reason from the server's log.
 */
export async function launchPostmaster(
  home: DatabaseHome,
  programs: ServerPrograms,
  port: number,
): Promise<Postmaster> {
  const cluster = clusterOf(home);
  const logPath = join(home.path, 'postgres.log');
  // A new file each time: one made by root could not be appended to by the directory's owner.
  await rename(logPath, `${logPath}.1`).catch(() => undefined);
  const log = await open(logPath, 'w', 0o600);
  try {
    const flags = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(programs.postgres, ['-D', cluster, '-p', String(port), ...flags], {
      ...home.account,
      cwd: '/',
      env: serverEnvironment(),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.unref();
    let ended: Error | null = null;
    child.once('error', (error) => (ended = error));
    child.once('exit', () => (ended ??= new Error('exited')));
    return await waitUntilReady(home, () => ended);
  } catch (error) {
    const said = await readFile(logPath, 'utf8').catch(() => '');
    throw explainFailure(said.trim() || error, cluster);
  } finally {
    await log.close();
  }
}

/** Resolves with the server of this home once it accepts connections. @throws when it ended, or after 5 minutes. */
export async function waitUntilReady(home: DatabaseHome, ended: () => Error | null): Promise<Postmaster> {
  for (const start = performance.now(); performance.now() - start < READY_MS; await delay(POLL_MS)) {
    const error = ended();
    if (error) throw error;
    const postmaster = findPostmaster(home);
    if (postmaster?.ready) return postmaster;
  }
  throw new EmbeddedPostgresError(
    `The database in ${clusterOf(home)} did not become ready in five minutes: see postgres.log beside it, or set DATABASE_URL to a PostgreSQL server of your own.`,
  );
}

/** Ends all connections, writes a clean checkpoint and stops the server; resolves when no process is left. */
export async function stopPostmaster(postmaster: Postmaster): Promise<void> {
  if (await signalAndWait(postmaster, 'SIGINT', FAST_STOP_MS)) return;
  // Immediate shutdown: nothing committed is lost, the next start recovers from the log.
  if (await signalAndWait(postmaster, 'SIGQUIT', IMMEDIATE_STOP_MS)) return;
  throw new EmbeddedPostgresError(
    `The database server, process ${postmaster.pid}, does not stop: stop it by hand.`,
  );
}

async function signalAndWait(
  postmaster: Postmaster,
  signal: NodeJS.Signals,
  patienceMs: number,
): Promise<boolean> {
  if (isRunning(postmaster)) process.kill(postmaster.pid, signal);
  for (const start = performance.now(); isRunning(postmaster); await delay(POLL_MS)) {
    if (performance.now() - start > patienceMs) return false;
  }
  return true;
}

function readPidFile(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

const LEFT_POLL_MS = 25;
const LEFT_MS_MAX = 10_000;

/**
 * Removes the postmaster.pid of a server that has ended. PostgreSQL does this itself, unless the process id in it
 * now belongs to another process of the same user. To be called under the lock, with no live server.
 * @throws EmbeddedPostgresError if processes still use the cluster, for example a server that was started by other
 * means.
 */
export async function removeStalePidFile(cluster: string): Promise<void> {
  // Children of a killed server still use its shared memory, and PostgreSQL's own check for them needs this file.
  for (const start = performance.now(); worksOn(cluster); await delay(LEFT_POLL_MS)) {
    if (performance.now() - start > LEFT_MS_MAX) {
      throw new EmbeddedPostgresError(
        `Another PostgreSQL is using ${cluster}: stop it, or choose another RESCIND_DATA_DIR.`,
      );
    }
  }
  if (process.platform === 'linux') await rm(join(cluster, 'postmaster.pid'), { force: true });
}

/** Every PostgreSQL process has its cluster as working directory. Elsewhere than on Linux PostgreSQL's own check remains. */
function worksOn(cluster: string): boolean {
  if (process.platform !== 'linux') return false;
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === cluster;
    } catch {
      return false;
    }
  });
}
