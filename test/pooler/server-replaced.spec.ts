import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PostgresCluster } from '../guarantees/torture/postgres-cluster.mjs';
import { holdsLease, outcomeOf, verify } from '../guarantees/verifiers.js';
import { aBusiness, aToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { runDirectory } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { startPgBouncer, type PgBouncer } from './pgbouncer.js';

describe('a server that is replaced behind PgBouncer, whose clients keep their connections,', () => {
  const directory = mkdtempSync(join(runDirectory(), 'replaced-'));
  let cluster: PostgresCluster;
  let pooler: PgBouncer;
  let rescind: RescindProcess;

  beforeAll(async () => {
    chmodSync(directory, 0o711);
    cluster = await PostgresCluster.create(join(directory, 'cluster'));
    pooler = await startPgBouncer(cluster.url);
    rescind = await startRescind({ databaseUrl: pooler.url, env: { RESCIND_LEASE_MS: '10000' } });
  });
  afterAll(async () => {
    await rescind?.stop();
    await pooler?.stop();
    await cluster?.stop('SIGQUIT');
    rmSync(directory, { recursive: true, force: true });
  });

  const registrations = async (): Promise<string[]> =>
    (await cluster.sql('SELECT id FROM verifiers')).map(({ id }) => String(id));

  it('makes verifiers start over: the new one may give out transaction ids that they have seen', async () => {
    await waitFor('a lease', () => holdsLease(rescind));
    const business = await aBusiness({ url: rescind.url });
    const token = await aToken(business);
    const before = await registrations();
    await pooler.command('PAUSE');
    await cluster.stop();
    await cluster.start();
    await pooler.command('RESUME');
    await waitFor('a new registration', async () =>
      (await registrations()).some((id) => !before.includes(id)),
    );
    expect(rescind.logs()).not.toContain('The verifier lost its database session');
    expect(outcomeOf(await verify(rescind, business, token))).toBe('active');
  });
});
