import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { Api } from '../support/api.js';
import { aBusiness, anIdentity, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { platformSecret, runDirectory } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { PostgresCluster } from './torture/postgres-cluster.mjs';
import { holdsLease, outcomeOf, verify } from './verifiers.js';

const WAITING = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;

/**
 * A primary that waits for standbys which are not there is one that was cut off: its place may have been taken by one of
 * them. Nothing that it alone has is true for sure.
 */
describe('a primary that has lost its synchronous standbys', () => {
  let directory: string;
  let cluster: PostgresCluster;
  let business: TestBusiness;
  let identity: { id: string };
  const processes: RescindProcess[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(runDirectory(), 'cut-off-'));
    chmodSync(directory, 0o711);
    cluster = await PostgresCluster.create(join(directory, 'cluster'));
    // What an operator may have set for the role must not hide that a wait was cancelled.
    await cluster.sql(`ALTER ROLE postgres SET client_min_messages = 'error'`);
    for (const memory of ['1', '0']) {
      const started = await startRescind({
        databaseUrl: cluster.url,
        env: {
          RESCIND_LEASE_MS: '1000',
          RESCIND_VERDICT_MEMORY: memory,
          RESCIND_DATA_DIR: join(directory, 'data'),
        },
      });
      processes.push(started);
      await waitFor('a lease', () => holdsLease(started));
    }
    business = await aBusiness({ url: (processes[0] as RescindProcess).url });
    identity = await anIdentity(business);
  });
  afterEach(async () => {
    await setStandbys('');
    for (const each of processes) await each.ready();
    for (const each of processes) await waitFor('a lease', () => holdsLease(each));
  });
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.kill()));
    await cluster.stop('SIGQUIT');
    rmSync(directory, { recursive: true, force: true });
  });

  const setStandbys = async (names: string): Promise<void> => {
    await cluster.sql(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
    await cluster.sql('SELECT pg_reload_conf()');
    await waitFor('the setting', async () => {
      const [row] = await cluster.sql(`SELECT current_setting('synchronous_standby_names') AS names`);
      return row?.names === names;
    });
  };
  const verdicts = (token: TestToken): Promise<string[]> =>
    Promise.all(processes.map(async (each) => outcomeOf(await verify(each, business, token))));
  const known = async (): Promise<TestToken> => {
    const token = await aToken(business, { identityId: identity.id });
    await waitFor('active everywhere', async () =>
      (await verdicts(token)).every((outcome) => outcome === 'active'),
    );
    return token;
  };

  it('is believed by no verifier once its lease has ended, not by one without a memory either', async () => {
    const token = await known();
    await setStandbys('nobody');
    await waitFor(
      'the leases to end',
      async () => !(await Promise.all(processes.map(holdsLease))).some(Boolean),
    );
    for (let index = 0; index < 5; index++) expect(await verdicts(token)).toEqual(['503', '503']);
  });

  it('does not earn leases, nor answer for changes, when somebody cancels the waits for them', async () => {
    const [token, other] = [await known(), await known()];
    await setStandbys('nobody');
    const cancelling = new AbortController();
    const cancelled = (async () => {
      let count = 0;
      while (!cancelling.signal.aborted) {
        const rows = await cluster.sql(`SELECT pg_cancel_backend(pid) FROM (${WAITING}) AS waiting`);
        count += rows.length;
        await delay(10);
      }
      return count;
    })();
    try {
      await waitFor(
        'the leases to end',
        async () => !(await Promise.all(processes.map(holdsLease))).some(Boolean),
      );
      const api = new Api((processes[0] as RescindProcess).url, platformSecret(), business.id);
      const untilMs = performance.now() + 4000;
      const changes = [
        () => api.post(`/api/v1/tokens/${token.id}/revoke`),
        () => api.post('/api/v1/tokens', { name: 'unknown', identity_id: identity.id }),
        () => api.post(`/api/v1/tokens/${other.id}/rotate`),
      ];
      while (performance.now() < untilMs) {
        for (const change of changes) expect((await change()).status).toBe(503);
        expect(await Promise.all(processes.map(holdsLease))).toEqual([false, false]);
        for (const verdict of await verdicts(token)) expect(['503', 'revoked']).toContain(verdict);
      }
    } finally {
      cancelling.abort();
    }
    expect(await cancelled).toBeGreaterThan(3);
  });

  it('gives no receipt for a revocation that it alone has', async () => {
    await cluster.sql('CREATE DATABASE alone OWNER rescind');
    // Between two rounds of such a lease nothing but the call itself can notice that there is no standby.
    const only = await startRescind({
      databaseUrl: cluster.url.replace(/postgres$/, 'alone'),
      env: { RESCIND_LEASE_MS: '12000', RESCIND_DATA_DIR: join(directory, 'alone') },
    });
    processes.push(only);
    await waitFor('a lease', () => holdsLease(only));
    const theirs = await aBusiness({ url: only.url });
    const [first, token] = [await aToken(theirs), await aToken(theirs)];
    // So soon after its start nothing is confirmed yet.
    await waitFor('a revocation', async () => {
      return (await theirs.api.post(`/api/v1/tokens/${first.id}/revoke`)).status === 201;
    });
    await setStandbys('nobody');
    const revocation = theirs.api.post(`/api/v1/tokens/${token.id}/revoke`);
    await waitFor('its cancellation', async () => {
      const rows = await cluster.sql(
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = 'alone' AND wait_event = 'SyncRep' AND query = 'COMMIT'`,
      );
      return rows.length === 1;
    });
    expect((await revocation).status).toBe(503);
    expect(outcomeOf(await verify(only, theirs, token))).toBe('revoked');
    const receipt = `/api/v1/tokens/${token.id}/receipt`;
    const withoutStandby = await theirs.api.get(receipt);
    await setStandbys('');
    expect(withoutStandby.status).toBe(503);
    expect(withoutStandby.headers['retry-after']).toBeDefined();
    await waitFor('the receipt', async () => (await theirs.api.get(receipt)).status === 200);
  });

  it.each([
    ['COMMIT', ['BEGIN', `INSERT INTO waited VALUES ('a')`, 'COMMIT']],
    ['a statement alone', [`INSERT INTO waited VALUES ('b')`]],
    ['a prepared one', [{ name: 'prepared', text: 'INSERT INTO waited VALUES ($1)', values: ['c'] }]],
  ])(
    'is waited for beyond statement_timeout by %s: PostgreSQL takes that back before it waits',
    async (_, statements) => {
      await cluster.sql('CREATE TABLE IF NOT EXISTS waited (what text)');
      await setStandbys('nobody');
      const session = new pg.Client({ connectionString: cluster.url });
      await session.connect();
      await session.query(`SET statement_timeout = '200ms'`);
      const notices: string[] = [];
      session.on('notice', ({ message }) => notices.push(message ?? ''));
      const done = (async () => {
        for (const statement of statements) await session.query(statement);
        return 'done';
      })();
      await waitFor('five times the time-out', async () => {
        const rows = await cluster.sql(
          `SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'SyncRep' AND clock_timestamp() - query_start > '1 s'`,
          [(session as unknown as { processID: number }).processID],
        );
        return rows.length === 1;
      });
      expect(await Promise.race([done, Promise.resolve('waiting')])).toBe('waiting');
      await setStandbys('');
      expect(await done).toBe('done');
      expect(notices).toEqual([]);
      await session.end();
    },
    180_000,
  );
});
