import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { Api } from '../support/api.js';
import { aBusiness, aToken, type TestBusiness } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { platformSecret, runDirectory } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { PostgresCluster } from './torture/postgres-cluster.mjs';
import { holdsLease, outcomeOf, verify } from './verifiers.js';

/** Whatever is committed for good takes with it to the disk what is to be forgotten: that shall happen seldom. */
const LEASE_MS = 12_000;
const QUIET = { RESCIND_SEAL_MS: '3600000', RESCIND_LAST_USED_FLUSH_MS: '600000' };
const ATTEMPTS_MAX = 5;
const SESSIONS = 16;
/** Fewer than PostgreSQL writes to its log of one transaction before it ends. */
const SUBTRANSACTIONS = 60;

/**
 * When one of its processes is killed, PostgreSQL ends the others and recovers, without a new start. Transactions that
 * left nothing on the disk are forgotten, and their numbers given out again: as those of revocations.
 */
describe('R1: a PostgreSQL that recovers from the death of one of its processes', () => {
  let directory: string;
  let cluster: PostgresCluster;
  let business: TestBusiness;
  const processes: RescindProcess[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(runDirectory(), 'crash-'));
    chmodSync(directory, 0o711);
    // What nobody waits for stays in memory.
    cluster = await PostgresCluster.create(join(directory, 'cluster'), { wal_writer_delay: '10s' });
    for (let index = 0; index < 2; index++)
      processes.push(
        await startRescind({
          databaseUrl: cluster.url,
          env: { ...QUIET, RESCIND_LEASE_MS: String(LEASE_MS), RESCIND_DATA_DIR: join(directory, 'data') },
        }),
      );
    await leases();
    business = await aBusiness({ url: (processes[0] as RescindProcess).url });
  });
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.kill()));
    await cluster.stop('SIGQUIT');
    rmSync(directory, { recursive: true, force: true });
  });

  const leases = () =>
    waitFor('leases', async () => (await Promise.all(processes.map(holdsLease))).every(Boolean), 60_000);
  const session = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: cluster.url });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  /**
   * Has the verifiers confirm a snapshot with numbers of transactions of which the disk knows nothing, and kills.
   * @returns the end of that snapshot
   */
  async function crash(): Promise<bigint> {
    const [looking, notifying, ...others] = await Promise.all(Array.from({ length: SESSIONS + 2 }, session));
    const one = async (statement: string, values: unknown[] = []): Promise<string> =>
      Object.values((await looking?.query(statement, values))?.rows[0] ?? {})[0] as string;
    const pid = await one('SELECT pg_backend_pid()::text');
    for (const each of others) await each.query('CREATE TEMPORARY TABLE scratch (n int); BEGIN');
    for (const each of others)
      await each.query(`DO $$ BEGIN FOR i IN 1..${SUBTRANSACTIONS} LOOP
        BEGIN INSERT INTO scratch VALUES (i); EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$`);
    // A snapshot ends behind the last transaction that has: this one, which wakes the verifiers and waits for no disk.
    await notifying?.query(`SET synchronous_commit = off; SELECT pg_notify('rescind_feed', 'test')`);
    const end = await one('SELECT pg_snapshot_xmax(pg_current_snapshot())::text');
    const confirmed = `SELECT bool_and(pg_snapshot_xmax(applied)::text::bigint >= $1)::text FROM verifiers`;
    await waitFor('the verifiers to confirm it', async () => (await one(confirmed, [end])) === 'true');
    process.kill(Number(pid), 'SIGKILL');
    await waitFor('the recovery', async () => (await cluster.sql('SELECT 1')).length === 1);
    for (const each of [looking, notifying, ...others]) void each?.end().catch(() => undefined);
    return BigInt(end);
  }

  it('is not believed to have shown its verifiers what it gives a used number to', async () => {
    let reused = false;
    for (let attempt = 0; attempt < ATTEMPTS_MAX && !reused; attempt++) {
      await leases();
      const token = await aToken(business);
      await waitFor('active everywhere', async () =>
        (await Promise.all(processes.map((each) => verify(each, business, token))))
          .map(outcomeOf)
          .every((outcome) => outcome === 'active'),
      );
      const end = await crash();
      const revoker = new Api((processes[0] as RescindProcess).url, platformSecret(), business.id);
      await waitFor('the revocation', async () => {
        return (await revoker.post(`/api/v1/tokens/${token.id}/revoke`)).status === 201;
      });
      const outcomes = await Promise.all(processes.map((each) => verify(each, business, token)));
      for (const outcome of outcomes.map(outcomeOf)) expect(['revoked', '503']).toContain(outcome);
      const [entry] = await cluster.sql('SELECT xid::text AS xid FROM revocation_feed WHERE subject = $1', [
        token.jti,
      ]);
      reused = BigInt(entry?.xid as string) < end;
    }
    expect(reused).toBe(true);
  });
});
