import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { sql } from '../support/databases.js';
import { aBusiness, aToken, type TestToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { runDirectory } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { PostgresCluster } from './torture/postgres-cluster.mjs';
import { holdsLease, outcomeOf, startVerifiers, verify, type Verifier, type Verifiers } from './verifiers.js';

describe('a feed that is not what verifiers have read makes them start over', () => {
  let verifiers: Verifiers;
  beforeAll(async () => {
    verifiers = await startVerifiers(2, { RESCIND_LEASE_MS: '4000' });
  });
  afterAll(() => verifiers.end());

  /** Revokes without the API and takes the entry from the feed before anybody reads it, in one transaction. */
  const revokeAndDrop = (token: TestToken, drop: string): Promise<unknown> =>
    sql(
      verifiers.database.superuserUrl,
      `DO $$ BEGIN UPDATE tokens SET revoked_at = now() WHERE id = '${token.id}'; ${drop}; END $$`,
    );

  it.each([
    ['truncated', 'TRUNCATE revocation_feed'],
    ['emptied by DELETE', 'DELETE FROM revocation_feed'],
  ])(
    'when it was %s',
    async (_, drop) => {
      const token = await aToken(verifiers.business);
      await verifiers.remember(token);
      await revokeAndDrop(token, drop);
      await waitFor('everyone to refuse', async () =>
        (await verifiers.verdicts(token)).every((outcome) => outcome === 'revoked'),
      );
    },
    180_000,
  );

  it('and registrations cannot be truncated away under a lease', async () => {
    await expect(sql(verifiers.database.superuserUrl, 'TRUNCATE verifiers')).rejects.toThrow('registered');
  });

  it('a verifier whose name another has used starts over under a new one', async () => {
    const token = await aToken(verifiers.business);
    await verifiers.remember(token);
    const before = await sql<{ id: string }>(verifiers.database.url, 'SELECT id FROM verifiers');
    await sql(verifiers.database.superuserUrl, 'UPDATE verifiers SET round = round + 1');
    await waitFor('new registrations', async () => {
      const after = await sql<{ id: string }>(verifiers.database.url, 'SELECT id FROM verifiers');
      return after.filter(({ id }) => !before.some((each) => each.id === id)).length === 2;
    });
    await verifiers.business.api.post(`/api/v1/tokens/${token.id}/revoke`);
    expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked']);
  });
});

describe('a database restored from a backup behind its verifiers', () => {
  const LEASE_MS = 8000;
  /** It outlives the restore. */
  const LONG_LEASE_MS = 30_000;
  let directory: string;
  let cluster: PostgresCluster;
  const processes: RescindProcess[] = [];

  // One each: whoever finds that its log was set back says so for good, and is not ready.
  beforeEach(async () => {
    directory = mkdtempSync(join(runDirectory(), 'restore-'));
    chmodSync(directory, 0o711);
    cluster = await PostgresCluster.create(join(directory, 'cluster'));
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((each) => each.kill()));
    await cluster.stop('SIGQUIT');
    rmSync(directory, { recursive: true, force: true });
  });

  const start = async (leaseMs: number): Promise<RescindProcess> => {
    const started = await startRescind({
      databaseUrl: cluster.url,
      env: { RESCIND_LEASE_MS: String(leaseMs), RESCIND_DATA_DIR: join(directory, 'data') },
    });
    processes.push(started);
    await waitFor('a lease', () => holdsLease(started));
    return started;
  };

  /** The one has heard of the lease of the other. */
  const aRoundOfBoth = () =>
    waitFor('a round of each since the last registration', async () => {
      const [row] = await cluster.sql(
        'SELECT count(*)::int AS count FROM verifiers WHERE renewed_at > (SELECT max(registered_at) FROM verifiers)',
      );
      return row?.count === 2;
    });

  /** Executes statements when nobody is connected to the database that they are about. */
  const withoutSessions = async (...statements: string[]): Promise<void> => {
    const operator = new pg.Client({ connectionString: new URL('/template1', cluster.url).href });
    await operator.connect();
    try {
      await operator.query('ALTER DATABASE postgres ALLOW_CONNECTIONS false');
      const others = `SELECT count(pg_terminate_backend(pid))::int AS count FROM pg_stat_activity WHERE datname = 'postgres'`;
      await waitFor('the end of all sessions', async () => {
        const { rows } = await operator.query<{ count: number }>(others);
        return rows[0]?.count === 0;
      });
      for (const statement of statements) await operator.query(statement);
      await operator.query('ALTER DATABASE postgres ALLOW_CONNECTIONS true');
    } finally {
      await operator.end();
    }
  };

  it.each([
    ['as long as that of whoever revokes', LEASE_MS],
    ['longer than any that whoever revokes finds in the registry', LONG_LEASE_MS],
  ])(
    'is not outwaited by a verifier that the backup does not know and that still holds a lease, %s',
    async (_, leaseMs) => {
      const revoker = await start(LEASE_MS);
      const business = await aBusiness({ url: revoker.url });
      const token = await aToken(business);
      await cluster.stop();
      const backup = join(directory, 'backup');
      cluster.copyTo(backup);
      await cluster.start();
      await revoker.ready();
      // Registered after the backup, with the token in its memory: frozen, it cannot see that time was set back.
      const unknown = (await start(leaseMs)) as Verifier;
      expect(outcomeOf(await verify(unknown, business, token))).toBe('active');
      await aRoundOfBoth();
      unknown.freeze();
      await cluster.stop('SIGQUIT');
      cluster.restoreFrom(backup);
      await cluster.start();
      const isRevoked = async () =>
        (await business.api.post(`/api/v1/tokens/${token.id}/revoke`)).status === 201;
      await waitFor('the revocation', isRevoked, 6 * LONG_LEASE_MS);
      const asked = verify(unknown, business, token);
      unknown.thaw();
      // Its sessions are dead, so it may say that it cannot tell.
      expect(['revoked', '503']).toContain(outcomeOf(await asked));
      await waitFor(
        'it to refuse',
        async () => outcomeOf(await verify(unknown, business, token)) === 'revoked',
      );
    },
    300_000,
  );

  it('is not believed either when it was restored beside the other one, and has got its name', async () => {
    const revoker = await start(LEASE_MS);
    const business = await aBusiness({ url: revoker.url });
    const token = await aToken(business);
    await withoutSessions('CREATE DATABASE restored TEMPLATE postgres');
    await revoker.ready();
    const unknown = (await start(LONG_LEASE_MS)) as Verifier;
    expect(outcomeOf(await verify(unknown, business, token))).toBe('active');
    await aRoundOfBoth();
    unknown.freeze();
    await withoutSessions(
      'ALTER DATABASE postgres RENAME TO outdated',
      'ALTER DATABASE restored RENAME TO postgres',
    );
    const isRevoked = async () =>
      (await business.api.post(`/api/v1/tokens/${token.id}/revoke`)).status === 201;
    await waitFor('the revocation', isRevoked, 6 * LONG_LEASE_MS);
    const asked = verify(unknown, business, token);
    unknown.thaw();
    expect(['revoked', '503']).toContain(outcomeOf(await asked));
  }, 300_000);
});
