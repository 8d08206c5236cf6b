import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clusterOf, ensureCluster } from './cluster.js';
import { ensureDatabase, loadPassword, urlsOf } from './database-access.js';
import { type DatabaseHome, findDatabaseHome } from './database-home.js';
import { explainFailure } from './embedded-postgres.error.js';
import { underLock } from './generation-lock.js';
import {
  findPostmaster,
  launchPostmaster,
  type Postmaster,
  removeStalePidFile,
  stopPostmaster,
  waitUntilReady,
} from './postmaster.js';
import { findProcess, isRunning, type ProcessIdentity } from './process-identity.js';
import { findServerPrograms, type ServerPrograms } from './server-programs.js';
import { replaceFile } from '../../config/private-file.js';

/** One use of the running database by one process. */
interface DatabaseUser extends ProcessIdentity {
  id: string;
}

interface Registry {
  /** The port the server listened on last; kept, so that its users can reconnect after a restart. */
  port: number | null;
  users: DatabaseUser[];
}

const FILE = 'postgres-users.json';

/** A new use by this process */
function registerSelf(): DatabaseUser {
  const self = findProcess(process.pid);
  if (!self) throw new Error('this process cannot find itself');
  return { id: randomUUID(), ...self };
}

/**
 * Who uses the database in `home` now; users that died are left out. Read and write only under the lock.
 * A registry that cannot be read counts as empty: it is only a list of processes.
 */
async function readRegistry(home: string): Promise<Registry> {
  try {
    const { port, users } = JSON.parse(await readFile(join(home, FILE), 'utf8')) as Registry;
    return { port, users: users.filter(isRunning) };
  } catch {
    return { port: null, users: [] };
  }
}

function writeRegistry(home: string, registry: Registry): Promise<void> {
  return replaceFile(join(home, FILE), JSON.stringify(registry), 0o644);
}

const LOOK_MS = 250;
const PAUSE_MAX_MS = 8000;

interface Supervision {
  /** Resolves when no restart is in progress and none will be started. */
  end(): Promise<void>;
}

/**
 * Calls `restart` if the server dies while it is in use, so that the application's pool finds it again on the same
 * port. Failed restarts are repeated, with pauses of up to 8 s.
 */
function supervise(
  first: Postmaster,
  restart: () => Promise<Postmaster>,
  report: (line: string) => void,
): Supervision {
  let postmaster = first;
  let ended = false;
  let underWay: Promise<void> = Promise.resolve();
  let pauseMs = LOOK_MS;
  let timer: NodeJS.Timeout;

  const bringBack = async () => {
    try {
      report('The database server ended unexpectedly: starting it again…');
      postmaster = await restart();
      pauseMs = LOOK_MS;
      report('The database server is back.');
    } catch (error) {
      pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
      report((error as Error).message);
    }
  };
  const look = async () => {
    if (!isRunning(postmaster)) await bringBack();
    if (!ended) schedule();
  };
  const schedule = () => {
    timer = setTimeout(() => {
      underWay = look();
    }, pauseMs);
    timer.unref();
  };
  schedule();

  return {
    async end() {
      ended = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}

/** `preferred` if nothing listens on it on 127.0.0.1, else a port that the operating system chooses. */
async function findFreePort(preferred: number | null): Promise<number> {
  if (preferred !== null) {
    const port = await tryPort(preferred).catch(() => null);
    if (port !== null) return port;
  }
  return tryPort(0);
}

function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

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
async function bringUp(plan: ServerPlan): Promise<Postmaster> {
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

/** A use of the embedded database, from start to `stop`. */
export interface RunningPostgres {
  /** Connects to the database `rescind` as a user that owns nothing. Contains the password: not for logs. */
  url: string;
  /** The same as the owner of the database, who is no superuser. */
  ownerUrl: string;
  /** Where the database is: `dataDir`, or another directory if its user cannot access that. */
  dataDir: string;
  /** Other live processes were using the server already. */
  shared: boolean;
  /** Ends this use; the last user stops the server and waits until it has ended. May be called again. */
  stop(): Promise<void>;
}

/**
 * A PostgreSQL server under `dataDir`, listening only on 127.0.0.1. Processes that name the same directory share one
 * server, also if they start at the same time. A server whose users were all killed is taken over. While it is in
 * use, it is restarted on the same port if it dies.
 * @param options.report receives a sentence about whatever takes long or is done in an unexpected place.
 * @param options.port to listen on; by default the operating system chooses one. A running server keeps its port.
 * @throws EmbeddedPostgresError for whatever only a person can fix, with what to do.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  report: (line: string) => void;
  port?: number;
}): Promise<RunningPostgres> {
  try {
    const home = await findDatabaseHome(options.dataDir, options.report);
    return await use(home, options);
  } catch (error) {
    throw explainFailure(error, options.dataDir);
  }
}

async function use(
  home: DatabaseHome,
  { report, port }: { report: (line: string) => void; port?: number },
): Promise<RunningPostgres> {
  const programs = await findServerPrograms(home, report);
  const locked = <T>(work: () => Promise<T>) =>
    underLock(
      home.path,
      () => report('Waiting for another process that starts or stops the database…'),
      work,
    );
  const self = registerSelf();

  const { postmaster, password, shared } = await locked(async () => {
    const known = await readRegistry(home.path);
    const password = await loadPassword(home);
    const shared = known.users.length > 0;
    // Its users have URLs with the port: while they run, a server that died is restarted on the same port.
    const wanted = { required: (shared ? known.port : null) ?? port ?? null, preferred: known.port };
    const postmaster = await bringUp({ home, programs, password, report, port: wanted });
    await writeRegistry(home.path, { port: postmaster.port, users: [...known.users, self] });
    return { postmaster, password, shared };
  });

  const again = { home, programs, password, report, port: { required: postmaster.port, preferred: null } };
  const supervision = supervise(postmaster, () => locked(() => bringUp(again)), report);

  const leave = async () => {
    await supervision.end();
    await locked(async () => {
      const { port, users } = await readRegistry(home.path);
      const others = users.filter((user) => user.id !== self.id);
      const running = others.length === 0 ? findPostmaster(home) : null;
      if (running) await stopPostmaster(running);
      await writeRegistry(home.path, { port, users: others });
    });
  };
  let left: Promise<void> | null = null;
  return {
    ...urlsOf(postmaster.port, password),
    dataDir: home.path,
    shared,
    stop: () => (left ??= leave()),
  };
}
