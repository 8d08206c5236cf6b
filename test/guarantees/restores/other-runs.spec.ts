import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aBusiness, aToken, platform, type TestBusiness, type TestToken } from '../../support/factories.js';
import type { RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { PostgresCluster } from '../torture/postgres-cluster.mjs';
import { outcomeOf, verify } from '../verifiers.js';
import { House } from './house.js';

const LEASE_MS = 1000;
/** It outlives a crash and what is done after it. */
const LONG_LEASE_MS = 8000;
/** More ids of transactions than a restore takes. */
const MANY = 30_000;
const DEBIAN = '/usr/lib/postgresql/15/bin';
const PROGRAMS = { initdb: join(DEBIAN, 'initdb'), postgres: join(DEBIAN, 'postgres') };

let house: House;
/** Those beside the house's own. */
let others: PostgresCluster[];
beforeEach(async () => {
  others = [];
  house = await House.build({}, existsSync(PROGRAMS.postgres) ? PROGRAMS : undefined);
});
afterEach(async () => {
  await Promise.all(house.processes.map((each) => each.kill()));
  await Promise.all(others.map((each) => each.stop('SIGQUIT')));
  await house.end();
});

const inHouse = (name: string): string => join(house.directory, name);

/** Has the server give out ids. */
const spend = (cluster: PostgresCluster, count: number): Promise<unknown> =>
  cluster.sql(`DO $$ BEGIN FOR i IN 1..${count} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`);

async function restoredInto(cluster: PostgresCluster): Promise<PostgresCluster> {
  others.push(cluster);
  const at = ({ port }: PostgresCluster): string[] => [
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-U',
    'postgres',
  ];
  const dump = house.cluster.run('pg_dumpall', at(house.cluster));
  await house.cluster.stop();
  // Its own roles are there already.
  cluster.run('psql', [...at(cluster), '-q', '-d', 'postgres'], { input: dump });
  return cluster;
}

/** A copy of the whole directory of the stopped server. */
async function copied(name: string): Promise<PostgresCluster> {
  await house.cluster.stop();
  const copy = await house.cluster.copyAs(inHouse(name));
  others.push(copy);
  return copy;
}

const another = (name: string): Promise<PostgresCluster> =>
  PostgresCluster.create(inHouse(name), {}, PROGRAMS);

/** What goes on with the data, on which run the ids are others'. */
const WAYS: Record<string, () => Promise<PostgresCluster>> = {
  'the death of one backend': async () => {
    await house.cluster.crashBackend();
    return house.cluster;
  },
  'a crash of the whole server': async () => {
    await house.cluster.crash();
    await house.cluster.start();
    return house.cluster;
  },
  'a dump that was restored into a younger cluster': async () => restoredInto(await another('younger')),
  'a dump that was restored into an older cluster': async () => {
    const older = await another('older');
    await spend(older, 3 * MANY);
    return restoredInto(older);
  },
  'a copy of its directory': async () => {
    const copy = await copied('copy');
    await copy.start();
    return copy;
  },
  'the promotion of a standby': async () => {
    const standby = await copied('standby');
    writeFileSync(join(standby.directory, 'standby.signal'), '');
    await standby.start();
    await standby.sql('SELECT pg_promote()');
    return standby;
  },
  'a recovery to a point in time': async () => {
    const archive = inHouse('archive');
    mkdirSync(archive);
    chmodSync(archive, 0o777);
    await house.cluster.stop();
    await house.cluster.start({ archive_mode: 'on', archive_command: `cp %p ${archive}/%f` });
    await house.cluster.copyRunningTo(inHouse('base'));
    await house.cluster.sql(`SELECT pg_create_restore_point('here')`);
    await spend(house.cluster, MANY);
    await house.cluster.sql('SELECT pg_switch_wal()');
    await waitFor('the archive', async () => {
      const [row] = await house.cluster.sql<{ done: boolean }>(
        'SELECT archived_count > 0 AND failed_count = 0 AS done FROM pg_stat_archiver',
      );
      return row?.done;
    });
    const recovered = await copied('recovered');
    recovered.restoreFrom(inHouse('base'));
    writeFileSync(join(recovered.directory, 'recovery.signal'), '');
    await recovered.start({
      restore_command: `cp ${archive}/%f %p`,
      recovery_target_name: 'here',
      recovery_target_action: 'promote',
    });
    await waitFor('the promotion', async () => {
      const [row] = await recovered.sql<{ recovers: boolean }>('SELECT pg_is_in_recovery() AS recovers');
      return row?.recovers === false;
    });
    return recovered;
  },
  pg_upgrade: async () => {
    const upgraded = await another('upgraded');
    others.push(upgraded);
    await Promise.all([house.cluster.stop(), upgraded.stop()]);
    const directory = inHouse('work');
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    upgraded.run('initdb', [
      '-D',
      join(directory, 'new'),
      '-U',
      'postgres',
      '-A',
      'trust',
      '-N',
      '-E',
      'UTF8',
      '--locale=C',
    ]);
    upgraded.restoreFrom(join(directory, 'new'));
    const clusters = ['-d', house.cluster.directory, '-D', upgraded.directory, '-b', DEBIAN, '-B', DEBIAN];
    upgraded.run('pg_upgrade', [...clusters, '-U', 'postgres', '-s', directory], { cwd: directory });
    await upgraded.start();
    return upgraded;
  },
  pg_resetwal: async () => {
    await house.cluster.stop();
    house.cluster.run('pg_resetwal', ['-f', '-D', house.cluster.directory]);
    await house.cluster.start();
    return house.cluster;
  },
};
/** They need programs that the embedded database lacks. */
const OF_DEBIAN = /dump|pg_/;

describe('ids of transactions and snapshots that another run of the server gave out', () => {
  const ways = Object.entries(WAYS).filter(
    ([name]) => existsSync(PROGRAMS.postgres) || !OF_DEBIAN.test(name),
  );
  it.each(ways)(
    'R2: hold up no call after %s, no verifier of it is counted, and the feed is pruned',
    async (_, goOn) => {
      await spend(house.cluster, MANY);
      const before = await Promise.all([house.start(LEASE_MS), house.start(LEASE_MS)]);
      const business = await aBusiness({ url: before[0].url });
      const tokens = [await aToken(business), await aToken(business)] as const;
      for (const scope of ['orders:read', 'jobs:read']) await aToken(business, { scopes: [scope] });
      const root = await platform(before[0].url);
      const { id: other } = await aBusiness({ url: before[0].url });
      const suspend = `/api/v1/admin/businesses/${other}/suspend`;
      const revoke = (on: TestBusiness, { id }: TestToken) => on.api.post(`/api/v1/tokens/${id}/revoke`);
      const revokeAll = (on: TestBusiness, scope: string) =>
        on.api.post('/api/v1/revocations', { selector: { scopes_has: [scope] }, reason: 'a drill' });
      expect((await revoke(business, tokens[0])).status).toBe(201);
      expect((await revokeAll(business, 'orders:read')).status).toBe(201);
      expect((await root.post(suspend, {})).status).toBe(201);
      await Promise.all(before.map((each) => each.kill()));
      const [{ newest }] = (await house.cluster.sql('SELECT max(id) AS newest FROM revocation_feed')) as [
        { newest: string },
      ];

      const after = await goOn();
      const processes = await Promise.all([1, 2].map(() => house.start(LEASE_MS, after.url)));
      const { url } = processes[0] as RescindProcess;
      const there: TestBusiness = { id: business.id, api: (await platform(url)).within(business.id) };
      expect((await revoke(there, tokens[0])).status).toBe(201);
      expect((await there.api.get(`/api/v1/tokens/${tokens[0].id}/receipt`)).status).toBe(200);
      expect((await (await platform(url)).post(suspend, {})).status).toBe(201);
      expect((await revokeAll(there, 'jobs:read')).status).toBe(201);
      const { body } = await revoke(there, tokens[1]);
      expect(body.receipt).toMatchObject({
        verifiers_registered: 2,
        verifiers_acknowledged: 2,
        verifiers_waited_out: 0,
      });
      const old = (): Promise<{ count: string }[]> =>
        after.sql('SELECT count(*) FROM revocation_feed WHERE id <= $1', [newest]);
      expect(await old()).not.toEqual([{ count: '0' }]);
      await after.sql(`SELECT feed_prune('0')`);
      expect(await old()).toEqual([{ count: '0' }]);
    },
  );
});

it('R1: a verifier that registered before the death of a backend is waited out', async () => {
  const revoker = await house.start(LEASE_MS);
  const business = await aBusiness({ url: revoker.url });
  const token = await aToken(business);
  const frozen = await house.start(LONG_LEASE_MS);
  expect(outcomeOf(await verify(frozen, business, token))).toBe('active');
  frozen.freeze();
  await house.cluster.crashBackend();
  await waitFor(
    'the revocation',
    async () => (await business.api.post(`/api/v1/tokens/${token.id}/revoke`)).status === 201,
  );
  const asked = verify(frozen, business, token);
  frozen.thaw();
  // Its sessions are dead, so it may say that it cannot tell.
  expect(['revoked', '503']).toContain(outcomeOf(await asked));
});
