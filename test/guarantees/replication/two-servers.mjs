import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../torture/free-port.mjs';

const PACKAGES = '/usr/lib/postgresql';
const INITDB = ['-U', 'postgres', '-A', 'trust', '-N', '--locale=C', '-E', 'UTF8'];

/** Polls, for a minute at most. */
export async function until(what, probe) {
  for (let attempt = 0; attempt < 600; attempt++) {
    const value = await probe().catch(() => false);
    if (value) return value;
    await sleep(100);
  }
  throw new Error(`waited in vain for: ${what}`);
}

/** A primary and its synchronous standby: two PostgreSQL servers of the system's packages, on the loopback interface. */
export class TwoServers {
  #asPostgres = process.getuid() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
  #directory = mkdtempSync(join(tmpdir(), 'rescind-replication-'));
  #ports = {};

  /** @throws Error when the packages are not installed */
  constructor() {
    this.version = existsSync(PACKAGES) && readdirSync(PACKAGES).sort((a, b) => Number(b) - Number(a))[0];
    if (!this.version)
      throw new Error('There is no PostgreSQL under /usr/lib/postgresql: apt-get install postgresql');
    chmodSync(this.#directory, 0o777);
  }

  async start() {
    this.#ports = { primary: await freePort(), standby: await freePort() };
    this.#run('initdb', '-D', this.#pathOf('primary'), ...INITDB);
    this.#spawn('primary');
    await until('the primary', () => this.sql('primary', 'SELECT 1'));
    await this.sql('primary', 'CREATE ROLE rescind LOGIN CREATEROLE');
    await this.sql('primary', 'ALTER DATABASE postgres OWNER TO rescind');
    const source = `host=127.0.0.1 port=${this.#ports.primary} user=postgres application_name=standby`;
    this.#run(
      'pg_basebackup',
      '-D',
      this.#pathOf('standby'),
      '-R',
      '-X',
      'stream',
      '-c',
      'fast',
      '-d',
      source,
    );
    this.#spawn('standby');
    await this.sql('primary', `ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (standby)'`);
    await this.sql('primary', 'SELECT pg_reload_conf()');
    await this.replicates();
  }

  /** Resolves once the primary waits for the standby, and the standby answers it. */
  async replicates() {
    await until('synchronous replication', async () => {
      const [row] = await this.sql(
        'primary',
        `SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync' AND flush_lsn >= pg_current_wal_flush_lsn()`,
      );
      return row;
    });
  }

  urlOf(name) {
    return `postgres://postgres@127.0.0.1:${this.#ports[name]}/postgres`;
  }

  async sql(name, statement, values = []) {
    const client = new pg.Client({ connectionString: this.urlOf(name) });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(statement, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Sends `signal` to all processes of a server at once: SIGSTOP leaves its connections open and mute. */
  signal(name, signal) {
    for (const pid of this.#pidsOf(name)) spawnSync('kill', ['-s', signal.slice(3), String(pid)]);
  }

  promoteStandby() {
    this.#run('pg_ctl', 'promote', '-D', this.#pathOf('standby'), '-w');
  }

  stop() {
    for (const name of Object.keys(this.#ports)) {
      this.signal(name, 'SIGCONT');
      this.#try('pg_ctl', 'stop', '-m', 'immediate', '-D', this.#pathOf(name));
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #pathOf(name) {
    return join(this.#directory, name);
  }

  /** The postmaster's and its children's; none when it does not run. */
  #pidsOf(name) {
    const file = join(this.#pathOf(name), 'postmaster.pid');
    const pid = existsSync(file) && Number.parseInt(readFileSync(file, 'utf8'), 10);
    if (!pid || !existsSync(`/proc/${pid}`)) return [];
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return [pid, ...children.map(Number)];
  }

  #try(name, ...args) {
    const [command, ...rest] = [...this.#asPostgres, join(PACKAGES, this.version, 'bin', name), ...args];
    return spawnSync(command, rest, { cwd: '/', encoding: 'utf8' });
  }

  #run(name, ...args) {
    const { status, stderr } = this.#try(name, ...args);
    if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
  }

  #spawn(name) {
    const [command, ...args] = [
      ...this.#asPostgres,
      join(PACKAGES, this.version, 'bin', 'postgres'),
      ...['-D', this.#pathOf(name), '-p', String(this.#ports[name])],
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    ];
    spawn(command, args, { cwd: '/', stdio: 'ignore' });
  }
}
