import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ownerUrlOf, serviceUrlOf } from './databases.js';
import { exchange } from './exchange.js';
import { runDirectory, testRun } from './test-run.js';
import { waitFor } from './wait-for.js';

const ROOT = join(import.meta.dirname, '..', '..');

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  tookMs: number;
}

/** A running `rescind serve`, the built one, in a process group of its own. */
export interface RescindProcess {
  readonly url: string;
  readonly pid: number;
  /** Everything it and its workers wrote to standard output and standard error so far. */
  logs(): string;
  /** Resolves when /health/ready answers 200. */
  ready(): Promise<void>;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<Exit>;
  /** A signal to the process itself (SIGKILL), and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<Exit>;
  /** SIGSTOP: the process stays, and does nothing any more. */
  freeze(): void;
  thaw(): void;
}

interface RescindSettings {
  /**
   * The database, whoever's address it is: as in production the service logs in as a user that owns nothing, and
   * migrates as the owner. Empty: the embedded database of `env.RESCIND_DATA_DIR`.
   */
  databaseUrl: string;
  /** On top of the settings that all test applications share; `''` unsets one. */
  env?: Record<string, string>;
  /** The folder of another version that is built; undefined: this one. */
  program?: string;
}

/**
 * Starts the service on a free port of 127.0.0.1 and resolves when it listens.
 * @throws Error with its log when it ends before that
 */
export async function startRescind(settings: RescindSettings): Promise<RescindProcess> {
  const program = settings.program ?? ROOT;
  const logPath = join(runDirectory(), `app-${randomBytes(6).toString('hex')}.log`);
  const log = openSync(logPath, 'a');
  const child = spawn(process.execPath, [join(program, 'dist', 'main.js'), 'serve'], {
    cwd: program,
    env: environment(settings),
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const pid = child.pid as number;
  const marker = join(runDirectory(), `${pid}.process`);
  writeFileSync(marker, '');
  void once(child, 'exit').then(() => rmSync(marker, { force: true }));
  child.unref();
  const logs = (): string => readFileSync(logPath, 'utf8');
  const url = await waitFor(
    'the service to listen',
    () => {
      if (child.exitCode !== null || child.signalCode !== null) return 'ended';
      return /API\s+(http:\S+)\/api\/v1/.exec(logs())?.[1];
    },
    60_000,
  );
  if (url === 'ended') throw new Error(`the service did not start:\n${logs()}`);
  return { url, pid, logs, ...controlOf(child, url) };
}

function environment({ databaseUrl, env = {}, program }: RescindSettings): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(RESCIND_|DATABASE_URL$|PORT$|HOST$|NODE_OPTIONS$|JEST_|NODE_ENV$)/.test(name),
  );
  const settings = {
    PORT: '0',
    DATABASE_URL: databaseUrl && serviceUrlOf(databaseUrl),
    RESCIND_MIGRATE_URL: databaseUrl && ownerUrlOf(databaseUrl),
    RESCIND_LOG_LEVEL: 'debug',
    RESCIND_AUDIT_RETENTION_DELAY_DAYS: '0',
    // Tests make with SQL what takes days; those of the log's guard ask for it.
    RESCIND_AUDIT_SAMPLE_ROWS: '0',
    RESCIND_FAILED_AUTH_LIMIT: '10000000',
    RESCIND_OPEN_ROUTE_LIMIT: '10000000',
    RESCIND_BUSINESS_CALL_LIMIT: '10000000',
    // An earlier version may not know the word.
    ...(program === undefined ? { RESCIND_METRICS_LISTEN: 'api' } : {}),
    ...testRun().secrets,
    ...env,
  };
  return Object.fromEntries([...own, ...Object.entries(settings).filter(([, value]) => value !== '')]);
}

function controlOf(child: ChildProcess, url: string): Omit<RescindProcess, 'url' | 'pid' | 'logs'> {
  const end = async (signal: NodeJS.Signals): Promise<Exit> => {
    const t0 = performance.now();
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.ref();
      child.kill(signal);
      await exit;
    }
    return { code: child.exitCode, signal: child.signalCode, tookMs: performance.now() - t0 };
  };
  return {
    ready: async () => {
      await waitFor('readiness', async () => {
        const { status } = await exchange(url, { method: 'GET', path: '/health/ready' });
        return status === 200;
      });
    },
    stop: () => end('SIGTERM'),
    kill: (signal = 'SIGKILL') => end(signal),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}
