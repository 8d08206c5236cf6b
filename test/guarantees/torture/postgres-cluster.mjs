// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findServerAccount } from '../../../dist/database/embedded/server-account.js';
import { findServerPrograms } from '../../../dist/database/embedded/server-programs.js';
import { freePort } from './free-port.mjs';
import { childrenOf, isStopped, signalIfThere } from './processes.mjs';

const READY_MS = 60_000;
const STOPPED_POLL_MS = 5;
/** What a running postmaster looks for in its directory, to see that it is still its own. */
const OF_THE_RUN = /^postmaster\./;
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
  // Power is not cut here; processes are killed, and what the kernel has been given outlives them.
  fsync: 'off',
  autovacuum_naptime: '10s',
  log_min_messages: 'fatal',
};

/** A PostgreSQL server of this program's own, to be killed at will. */
export class PostgresCluster {
  #postmaster = null;

  constructor(directory, programs, account, port, settings = {}) {
    this.directory = directory;
    this.programs = programs;
    this.account = account;
    this.port = port;
    this.settings = settings;
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  /**
   * Makes and starts one in `directory`, which must not exist, or be empty. Password-less, on the loopback interface.
   * @param {string} directory
   * @param {Record<string, string>} [settings] for each of its starts
   * @param {{ initdb: string, postgres: string }} [others] programs, in the place of the embedded ones
   */
  static async create(directory, settings = {}, others = undefined) {
    const account = await findServerAccount(null);
    const report = (line) => console.error(line);
    const programs = others ?? (await findServerPrograms({ account, path: dirname(directory) }, report));
    const cluster = new PostgresCluster(directory, programs, account, await freePort(), settings);
    mkdirSync(directory, { mode: 0o700, recursive: true });
    chmodSync(directory, 0o700);
    if (account) chownSync(directory, account.uid, account.gid);
    const made = spawnSync(
      programs.initdb,
      ['-D', directory, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C'],
      {
        ...account,
        cwd: '/',
        encoding: 'utf8',
      },
    );
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
    await cluster.start();
    // The owner of the schema; it makes the service's user, which owns nothing.
    await cluster.sql('CREATE ROLE rescind LOGIN CREATEROLE');
    await cluster.sql('ALTER DATABASE postgres OWNER TO rescind');
    return cluster;
  }

  /** Resolves when it accepts connections, whatever has to be waited for: a predecessor's end, a recovery. */
  async start(settings = {}) {
    const flags = Object.entries({ ...SETTINGS, ...this.settings, ...settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    for (const giveUpAt = performance.now() + READY_MS; performance.now() < giveUpAt;) {
      if (!isAlive(this.#postmaster)) this.#spawn(flags);
      if (await this.#accepts()) return;
      await sleep(30);
    }
    throw new Error('PostgreSQL did not start: see postgres.log');
  }

  /** SIGINT: a fast shutdown; SIGQUIT: an immediate one. */
  async stop(signal = 'SIGINT') {
    await this.#end(() => this.#postmaster.kill(signal));
  }

  /** kill -9, of the postmaster and all its children: nothing gets a last word. */
  async crash() {
    const { pid } = this.#postmaster;
    await this.#end(() => {
      const children = childrenOf(pid);
      for (const each of [pid, ...children]) signalIfThere(each, 'SIGKILL');
    });
  }

  /** kill -9 of one of its backends: it ends all others, and recovers without a new start. */
  async crashBackend() {
    const victim = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 5000 });
    victim.on('error', () => undefined);
    await victim.connect();
    const { rows } = await victim.query('SELECT pg_backend_pid() AS pid');
    const all = childrenOf(this.#postmaster.pid);
    process.kill(rows[0].pid, 'SIGKILL');
    await allStopped(all);
    await this.start();
  }

  /** A copy of the disk of the running server as it is at one moment. */
  async copyRunningTo(target) {
    const { pid } = this.#postmaster;
    const all = [pid, ...childrenOf(pid)];
    for (const each of all) signalIfThere(each, 'SIGSTOP');
    await allStopped(all);
    this.copyTo(target);
    for (const each of all.reverse()) signalIfThere(each, 'SIGCONT');
  }

  /**
   * Puts a copy in the place of the cluster under its running server, as with a machine that is reverted to a snapshot: sessions end,
   * and the server was started when it was started before.
   */
  async setBackTo(source) {
    const { pid } = this.#postmaster;
    signalIfThere(pid, 'SIGSTOP');
    const children = childrenOf(pid);
    for (const each of children) signalIfThere(each, 'SIGKILL');
    await allStopped([pid, ...children]);
    for (const entry of readdirSync(this.directory).filter((each) => !OF_THE_RUN.test(each)))
      rmSync(join(this.directory, entry), { recursive: true });
    for (const entry of readdirSync(source).filter((each) => !OF_THE_RUN.test(each)))
      cpSync(join(source, entry), join(this.directory, entry), { recursive: true, preserveTimestamps: true });
    this.#giveToAccount();
    signalIfThere(pid, 'SIGCONT');
    await this.start();
  }

  /** A cold copy, to be restored later. The server must be stopped. */
  copyTo(target) {
    cpSync(this.directory, target, { recursive: true, preserveTimestamps: true });
  }

  /** A second cluster with a copy of all there is, on a port of its own. Both must be stopped; neither is started. */
  async copyAs(directory) {
    const copy = new PostgresCluster(directory, this.programs, this.account, await freePort(), this.settings);
    copy.restoreFrom(this.directory);
    return copy;
  }

  /** Puts a copy in the place of the cluster. The server must be stopped. */
  restoreFrom(source) {
    rmSync(this.directory, { recursive: true, force: true });
    cpSync(source, this.directory, { recursive: true, preserveTimestamps: true });
    chmodSync(this.directory, 0o700);
    this.#giveToAccount();
  }

  /** Runs a program of PostgreSQL as the cluster's account. @throws Error with what it said, unless it ends with 0 */
  run(name, args, options = {}) {
    const program = join(dirname(this.programs.postgres), name);
    const ran = spawnSync(program, args, {
      ...this.account,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      ...options,
    });
    if (ran.status !== 0) throw new Error(`${name} failed: ${ran.stderr} ${ran.stdout.slice(-2000)}`);
    return ran.stdout;
  }

  /** One statement in a session of its own. */
  async sql(statement, values = []) {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(statement, values)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  #giveToAccount() {
    const { uid, gid } = this.account ?? {};
    if (uid !== undefined) spawnSync('chown', ['-R', `${uid}:${gid}`, this.directory]);
  }

  #spawn(flags) {
    const log = openSync(`${this.directory}.log`, 'a');
    this.#postmaster = spawn(
      this.programs.postgres,
      ['-D', this.directory, '-p', String(this.port), ...flags],
      {
        ...this.account,
        cwd: '/',
        env: { PATH: process.env.PATH, LC_ALL: 'C' },
        stdio: ['ignore', log, log],
      },
    );
  }

  async #accepts() {
    try {
      await this.sql('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }

  async #end(how) {
    if (!isAlive(this.#postmaster)) return;
    const gone = new Promise((resolve) => this.#postmaster.once('exit', resolve));
    how();
    await gone;
  }
}

/** The settings with which a service works on the database of `url` as it does in production. */
export function databaseSettings(url) {
  const as = (username) => Object.assign(new URL(url), { username }).href;
  return { DATABASE_URL: as('rescind_service'), RESCIND_MIGRATE_URL: as('rescind') };
}

async function allStopped(pids) {
  while (!pids.every(isStopped)) await sleep(STOPPED_POLL_MS);
}

function isAlive(child) {
  return child !== null && child.exitCode === null && child.signalCode === null;
}
