import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from '../../support/exchange.js';
import { waitFor } from '../../support/wait-for.js';
import { rescind } from '../../cli/rescind-command.js';
import { House } from '../restores/house.js';
import { databaseSettings, type PostgresCluster } from '../torture/postgres-cluster.mjs';
import { holdsLease } from '../verifiers.js';

const LEASE_MS = 1000;
const DEBIAN = '/usr/lib/postgresql/15/bin';
const PROGRAMS = { initdb: join(DEBIAN, 'initdb'), postgres: join(DEBIAN, 'postgres') };
const RECEIVEWAL = join(DEBIAN, 'pg_receivewal');

interface Finding {
  check: string;
  severity: string;
  sentence: string;
}

let house: House;
let settings: Record<string, string>;
let others: PostgresCluster[];
beforeEach(async () => {
  others = [];
  house = await House.build({}, existsSync(PROGRAMS.postgres) ? PROGRAMS : undefined);
  settings = { ...databaseSettings(house.cluster.url), RESCIND_DATA_DIR: join(house.directory, 'data') };
  expect((await rescind(['migrate'], settings).ended).code).toBe(0);
});
afterEach(async () => {
  await Promise.all(house.processes.map((each) => each.kill()));
  await Promise.all(others.map((each) => each.stop('SIGQUIT')));
  await house.end();
});

async function checked(
  env: Record<string, string> = {},
): Promise<{ code: number | null; findings: Finding[] }> {
  const { code, stdout } = await rescind(['check-database', '--json'], { ...settings, ...env }).ended;
  return { code, findings: JSON.parse(stdout) as Finding[] };
}

const REFUSED: [string, string, string, RegExp][] = [
  [
    'runs no triggers',
    'triggers',
    'ALTER DATABASE postgres SET session_replication_role = replica',
    /session_replication_role is replica/,
  ],
  [
    'has a trigger disabled',
    'triggers',
    'ALTER TABLE tokens DISABLE TRIGGER tokens_feed_update',
    /disabled .*tokens\.tokens_feed_update.*ENABLE TRIGGER/,
  ],
  [
    'is distributed by Citus',
    'extensions',
    `SET allow_system_table_mods = on;
     INSERT INTO pg_extension SELECT 99999, 'citus', extowner, extnamespace, false, '12.1', NULL, NULL FROM pg_extension LIMIT 1`,
    /extension citus/,
  ],
  [
    'refuses what repeated revocations need',
    'functions',
    'REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text) FROM PUBLIC',
    /refuses SELECT pg_logical_emit_message.*allow it/,
  ],
];

it.each(REFUSED)(
  'a database that %s is refused, by the check and at the start',
  async (_, check, statement, sentence) => {
    expect((await checked()).code).toBe(0);
    await house.cluster.sql(statement);
    const { code, findings } = await checked();
    expect(code).toBe(1);
    expect(findings[0]).toEqual({
      check,
      severity: 'error',
      sentence: expect.stringMatching(sentence) as string,
    });
    await expect(house.start(LEASE_MS)).rejects.toThrow(sentence);
  },
);

it('what only weakens it is warned of: the disk, the number of sessions, the way of the verifier', async () => {
  await house.cluster.stop();
  await house.cluster.start({ full_page_writes: 'off' });
  await house.cluster.sql('ALTER ROLE rescind_service CONNECTION LIMIT 20');
  const { code, findings } = await checked({ RESCIND_DATABASE_POOLER: 'transaction' });
  expect(code).toBe(0);
  expect(findings.map(({ check, severity }) => `${severity} ${check}`)).toEqual(
    expect.arrayContaining([
      'warning fsync',
      'warning full_page_writes',
      'warning connections',
      'warning pooler',
    ]),
  );
  expect(findings.find(({ check }) => check === 'connections')?.sentence).toContain(
    'up to 26 sessions, and the database admits 20',
  );
});

it('an engine that does not tell its timeline is used without it, and the start says so', async () => {
  await house.cluster.sql('REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn() FROM PUBLIC');
  const { code, findings } = await checked();
  expect([code, findings.some(({ check }) => check === 'functions')]).toEqual([0, true]);
  const app = await house.start(LEASE_MS);
  expect(app.logs()).toMatch(/refuses SELECT pg_current_wal_lsn.*its timeline is unknown/);
  await house.cluster.crash();
  await house.cluster.start();
  await waitFor('a lease again', () => holdsLease(app));
});

it('a database that does not answer ends the check with a sentence', async () => {
  await house.cluster.stop();
  const { code, stdout } = await rescind(['check-database'], settings).ended;
  expect(code).toBe(1);
  expect(stdout).toMatch(/^error: The database cannot be asked \(.*\): check the address/);
});

describe('replication', () => {
  const replication = async (): Promise<string | undefined> =>
    (await checked()).findings.find(({ check }) => check === 'replication')?.sentence;

  /** A standby of the house's server, by streaming. */
  async function aStandby(): Promise<PostgresCluster> {
    await house.cluster.stop();
    const standby = await house.cluster.copyAs(join(house.directory, 'standby'));
    others.push(standby);
    await house.cluster.start();
    writeFileSync(join(standby.directory, 'standby.signal'), '');
    const { hostname, port } = new URL(house.cluster.url);
    await standby.start({
      primary_conninfo: `host=${hostname} port=${port} user=postgres application_name=standby_a`,
    });
    await waitFor('the standby to stream', async () => {
      const [row] = await house.cluster.sql<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn IS NOT NULL`,
      );
      return row?.count === 1;
    });
    return standby;
  }

  it('to standbys of which none is synchronous is told wherever people look, until one is', async () => {
    await aStandby();
    expect(await replication()).toMatch(/cannot be told: GRANT pg_read_all_stats/);
    await house.cluster.sql('GRANT pg_read_all_stats TO rescind_app');
    expect(await replication()).toMatch(/No standby of 1 is synchronous.*set synchronous_standby_names/);
    const metrics = 'rescind_replication_asynchronous';
    const app = await house.start(LEASE_MS);
    expect(app.logs()).toMatch(/No standby of 1 is synchronous/);
    const read = async (path: string) => exchange(app.url, { method: 'GET', path });
    const shown = async () => {
      const { status, text } = await read('/health/ready');
      return [status, (JSON.parse(text) as Record<string, { status: string }>).replication?.status];
    };
    expect(await shown()).toEqual([200, 'down']);
    expect((await read('/health/ready')).text).toContain('"privileges":{"status":"up"');
    expect((await read('/metrics')).text).toMatch(new RegExp(`^${metrics} 1$`, 'm'));
    await house.cluster.sql(`ALTER SYSTEM SET synchronous_standby_names = 'standby_a'`);
    await house.cluster.sql('SELECT pg_reload_conf()');
    await waitFor('the readiness to show it', async () => (await shown())[1] === 'up');
    expect((await read('/metrics')).text).toMatch(new RegExp(`^${metrics} 0$`, 'm'));
    expect(await replication()).toBeUndefined();
  });

  (existsSync(RECEIVEWAL) ? it : it.skip)('to pg_receivewal alone is no warning', async () => {
    await house.cluster.sql('GRANT pg_read_all_stats TO rescind_app');
    const archive = join(house.directory, 'archive');
    mkdirSync(archive);
    const { hostname, port } = new URL(house.cluster.url);
    const child: ChildProcess = spawn(
      RECEIVEWAL,
      ['-D', archive, '-h', hostname, '-p', port, '-U', 'postgres'],
      {
        stdio: 'ignore',
      },
    );
    try {
      await waitFor('it to stream', async () => {
        const [row] = await house.cluster.sql<{ count: number }>(
          `SELECT count(*)::int AS count FROM pg_stat_replication WHERE state = 'streaming'`,
        );
        return row?.count === 1;
      });
      expect(await replication()).toBeUndefined();
    } finally {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
  });
});
