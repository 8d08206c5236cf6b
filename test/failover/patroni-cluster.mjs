// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePort } from '../guarantees/torture/free-port.mjs';
import { childrenOf, signalIfThere } from '../guarantees/torture/processes.mjs';

const DEPLOY = fileURLToPath(new URL('../../deploy/patroni/', import.meta.url));
const PACKAGES = '/usr/lib/postgresql';
/** Each server is of a group of its own, by which its packets are known. */
const FIRST_GROUP = 60_101;
const NAMES = ['one', 'two', 'three'];
const UP_MS_MAX = 60_000;
const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Polls every 100 ms. @throws Error after `limitMs` */
export async function until(what, probe, limitMs = UP_MS_MAX) {
  for (const giveUpAt = performance.now() + limitMs; performance.now() < giveUpAt; await sleep(100)) {
    const value = await Promise.resolve(probe()).catch(() => false);
    if (value) return value;
  }
  throw new Error(`waited in vain for: ${what}`);
}

/** One server of PostgreSQL and its Patroni. */
class Member {
  #patroni = null;
  isCut = false;

  constructor(cluster, name, index, ports) {
    Object.assign(this, { cluster, name, ...ports });
    this.group = FIRST_GROUP + index;
    this.directory = join(cluster.directory, name);
    this.data = join(this.directory, 'data');
  }

  start() {
    const log = openSync(join(this.cluster.directory, `patroni-${this.name}.log`), 'a');
    this.#patroni = spawn('/usr/bin/patroni', [join(this.directory, 'patroni.yml')], {
      cwd: this.directory,
      uid: this.cluster.uid,
      gid: this.group,
      env: { PATH: SYSTEM_PATH, LC_ALL: 'C.UTF-8', HOME: this.directory },
      stdio: ['ignore', log, log],
    });
  }

  /** To Patroni, the postmaster and all of its children. */
  signal(signal) {
    for (const pid of this.pids()) signalIfThere(pid, signal);
  }

  pids() {
    const file = join(this.data, 'postmaster.pid');
    const postmaster = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : 0;
    const patroni = this.#patroni?.pid;
    const of = [patroni, postmaster].filter((pid) => pid > 0 && existsSync(`/proc/${pid}`));
    return of.flatMap((pid) => [pid, ...childrenOf(pid)]);
  }

  /** Its machine has no network any more: nothing that it sends arrives anywhere. */
  cut() {
    this.isCut = true;
    this.#filter('-I');
  }

  mend() {
    if (this.isCut) this.#filter('-D');
    this.isCut = false;
  }

  #filter(what) {
    const rule = ['OUTPUT', '-m', 'owner', '--gid-owner', String(this.group), '-j', 'DROP'];
    const { status, stderr } = spawnSync('/usr/sbin/iptables', ['-w', what, ...rule], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`iptables: ${stderr}`);
  }
}

/** Three servers of PostgreSQL under Patroni, etcd and HAProxy, each by its file in deploy/patroni. */
export class PatroniCluster {
  /** @type {any[]} */
  members = [];
  #etcd = null;
  #haproxy = null;

  /** @param {string} directory which others may pass through */
  constructor(directory) {
    if (process.getuid?.() !== 0) throw new Error('test:failover must be root: it cuts networks');
    const version = existsSync(PACKAGES) && readdirSync(PACKAGES).sort((a, b) => Number(b) - Number(a))[0];
    for (const program of ['/usr/bin/patroni', '/usr/bin/etcd', '/usr/sbin/haproxy', '/usr/sbin/iptables'])
      if (!version || !existsSync(program)) throw new Error(`There is no ${program}: .ci/install-packages`);
    this.version = version;
    this.bin = join(PACKAGES, String(version), 'bin');
    this.directory = directory;
    this.uid = Number(spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' }).stdout);
  }

  async start() {
    this.etcdPort = await freePort();
    this.proxyPort = await freePort();
    const peer = `http://127.0.0.1:${await freePort()}`;
    this.#write('etcd.yml', this.directory, {
      NAME: 'etcd',
      DATA_DIR: join(this.directory, 'etcd'),
      CLIENT_URL: `http://127.0.0.1:${this.etcdPort}`,
      PEER_URL: peer,
      MEMBERS: `etcd=${peer}`,
    });
    this.#etcd = this.#run('etcd', '/usr/bin/etcd', '--config-file', join(this.directory, 'etcd.yml'));
    for (const [index, name] of NAMES.entries()) await this.#makeMember(name, index);
    const servers = this.members.map(
      ({ name, port, rest }) => `  server ${name} 127.0.0.1:${port} check port ${rest}`,
    );
    this.#write('haproxy.cfg', this.directory, {
      BIND: `127.0.0.1:${this.proxyPort}`,
      SERVERS: servers.join('\n'),
    });
    this.#haproxy = this.#run(
      'haproxy',
      '/usr/sbin/haproxy',
      '-db',
      '-f',
      join(this.directory, 'haproxy.cfg'),
    );
    for (const member of this.members) member.start();
    await this.isWhole();
    await this.sql('CREATE ROLE rescind LOGIN CREATEROLE');
    await this.sql('ALTER DATABASE postgres OWNER TO rescind');
  }

  /** Resolves once all three are there, and one of the standbys is synchronous. */
  async isWhole() {
    await until(
      'a leader, a synchronous standby and another one',
      async () => {
        const members = await this.states();
        const good = members.filter(
          ({ role, state }) => state === (role === 'leader' ? 'running' : good15(state)),
        );
        return (
          good.length === NAMES.length &&
          new Set(members.map(({ timeline }) => timeline)).size === 1 &&
          members.some(({ role }) => role === 'leader') &&
          members.some(({ role }) => role === 'sync_standby') &&
          (await this.leads())
        );
      },
      UP_MS_MAX * 1.5,
    );
  }

  /** As Patroni says. @returns {Promise<{name: string, role: string, state: string, timeline: number}[]>} */
  async states() {
    for (const { rest } of this.members) {
      const answer = await fetch(`http://127.0.0.1:${rest}/cluster`, { signal: AbortSignal.timeout(1000) })
        .then((each) => each.json())
        .catch(() => null);
      if (answer !== null) return /** @type {any} */ (answer).members;
    }
    return [];
  }

  async leader() {
    const states = await this.states();
    return this.members.find(({ name }) =>
      states.some((each) => each.name === name && each.role === 'leader'),
    );
  }

  async switchOver(from, to) {
    await fetch(`http://127.0.0.1:${from.rest}/switchover`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ leader: from.name, candidate: to }),
    });
  }

  /** To etcd: SIGSTOP loses it, SIGCONT brings it back. */
  signalEtcd(signal) {
    signalIfThere(this.#etcd.pid, signal);
  }

  /** The port of the primary that HAProxy leads to; 0: to none. */
  async leads() {
    const [row] = await this.sql(
      'SELECT CASE WHEN NOT pg_is_in_recovery() THEN inet_server_port() END AS port',
    ).catch(() => [{ port: 0 }]);
    return row.port ?? 0;
  }

  get url() {
    return `postgres://postgres@127.0.0.1:${this.proxyPort}/postgres`;
  }

  /** The same without HAProxy. */
  get severalHosts() {
    const hosts = this.members.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return (user) => `postgres://${user}@${hosts}/postgres?target_session_attrs=read-write`;
  }

  /** One statement in a session of its own, through HAProxy. */
  async sql(statement, values = []) {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 1000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query(statement, values)).rows;
    } finally {
      void client.end().catch(() => undefined);
    }
  }

  /** At once, and leaves nothing behind but its files. */
  stop() {
    for (const member of this.members) {
      member.mend();
      member.signal('SIGKILL');
      // A postmaster that was being started.
      member.signal('SIGKILL');
    }
    for (const each of [this.#haproxy, this.#etcd]) if (each) signalIfThere(each.pid, 'SIGKILL');
  }

  async #makeMember(name, index) {
    const member = new Member(this, name, index, { port: await freePort(), rest: await freePort() });
    mkdirSync(member.directory, { mode: 0o700 });
    const hba = [
      'local all all trust',
      'host all all 127.0.0.1/32 trust',
      'host replication all 127.0.0.1/32 trust',
    ];
    this.#write('patroni.yml', member.directory, {
      NAME: name,
      ADDRESS: '127.0.0.1',
      REST_PORT: String(member.rest),
      PORT: String(member.port),
      ETCD: `127.0.0.1:${this.etcdPort}`,
      DATA_DIR: member.data,
      BIN_DIR: this.bin,
      SOCKET_DIR: member.directory,
      HBA: JSON.stringify(hba),
      SUPERUSER_PASSWORD: 'one',
      REPLICATION_PASSWORD: 'two',
      REWIND_PASSWORD: 'three',
    });
    for (const path of [member.directory, join(member.directory, 'patroni.yml')])
      chownSync(path, this.uid, member.group);
    chmodSync(member.directory, 0o700);
    this.members.push(member);
  }

  /** The file of deploy/patroni with its braces filled. */
  #write(file, directory, values) {
    const text = readFileSync(join(DEPLOY, file), 'utf8').replaceAll(
      /'\{\{(HBA)\}\}'|\{\{(\w+)\}\}/g,
      (_, list, name = list) => {
        if (!(name in values)) throw new Error(`${file} wants ${name}`);
        return values[name];
      },
    );
    writeFileSync(join(directory, file), text);
  }

  #run(name, program, ...args) {
    const log = openSync(join(this.directory, `${name}.log`), 'a');
    return spawn(program, args, {
      cwd: this.directory,
      env: { PATH: SYSTEM_PATH },
      stdio: ['ignore', log, log],
    });
  }
}

/** A standby that follows: later versions say `streaming`. */
function good15(state) {
  return state === 'streaming' ? 'streaming' : 'running';
}
