import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from '../support/api.js';
import { freshDatabase, sql, type TestDatabase } from '../support/databases.js';
import { exchange } from '../support/exchange.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { platformSecret, runDirectory } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { DatabaseProxy } from './torture/database-proxy.mjs';
import { PostgresCluster } from './torture/postgres-cluster.mjs';
import { holdsLease, outcomeOf, verify } from './verifiers.js';

interface Readiness {
  status: number;
  report: Record<'lease' | 'revocation', { status: string; detail: string | null }>;
}

async function readinessOf({ url }: RescindProcess): Promise<Readiness> {
  const { status, text } = await exchange(url, { method: 'GET', path: '/health/ready' });
  return { status, report: JSON.parse(text) as Readiness['report'] };
}

const saidIn = (logs: string, sentence: string): number => logs.split(sentence).length - 1;

describe('a RESCIND_LISTEN_URL that leads to another database of the same server', () => {
  const SENTENCE = 'RESCIND_LISTEN_URL and DATABASE_URL lead to different databases';
  let database: TestDatabase;
  let other: TestDatabase;
  const processes: RescindProcess[] = [];
  let business: TestBusiness;

  beforeAll(async () => {
    [database, other] = [await freshDatabase(), await freshDatabase()];
    for (const env of [{ RESCIND_WORKERS: '1' }, { RESCIND_WORKERS: '2' }])
      processes.push(
        await startRescind({
          databaseUrl: database.url,
          env: { RESCIND_LISTEN_URL: other.url, RESCIND_LEASE_MS: '500', ...env },
        }),
      );
    business = await aBusiness({ url: (processes[0] as RescindProcess).url });
  });
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.stop()));
    await Promise.all([database.drop(), other.drop()]);
  });

  it('is told in readiness and log, and earns nobody a lease', async () => {
    for (const each of processes) {
      const { status, report } = await waitFor('readiness to tell', async () => {
        const readiness = await readinessOf(each);
        return readiness.report.revocation.detail?.startsWith(SENTENCE) === true && readiness;
      });
      expect([status, report.revocation.status, report.lease.status]).toEqual([503, 'down', 'down']);
    }
    expect(saidIn((processes[0] as RescindProcess).logs(), SENTENCE)).toBe(1);
    expect(await sql(other.url, 'SELECT FROM verifiers')).toEqual([]);
  });

  it('R1: no revocation is confirmed, and none that was made is answered active', async () => {
    const token = await aToken(business);
    for (const each of processes) expect(outcomeOf(await verify(each, business, token))).toBe('active');
    for (const { url } of processes) {
      const api = new Api(url, platformSecret(), business.id);
      const { status, body } = await api.post(`/api/v1/tokens/${token.id}/revoke`);
      expect([status, body.code]).toEqual([503, 'revocation.unconfirmed']);
      for (const each of processes) expect(outcomeOf(await verify(each, business, token))).toBe('revoked');
    }
  });
});

describe('a database that was moved, its old server still running,', () => {
  let directory: string;
  let old: PostgresCluster;
  let moved: PostgresCluster;
  /** Where DATABASE_URL leads. */
  let proxy: DatabaseProxy;
  const processes: RescindProcess[] = [];

  beforeEach(async () => {
    directory = mkdtempSync(join(runDirectory(), 'moved-'));
    chmodSync(directory, 0o711);
    old = await PostgresCluster.create(join(directory, 'old'));
    proxy = await DatabaseProxy.open(old.port);
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((each) => each.kill()));
    proxy.close();
    await Promise.all([old.stop('SIGQUIT'), moved?.stop('SIGQUIT')]);
    rmSync(directory, { recursive: true, force: true });
  });

  const start = async (databaseUrl: string, env: Record<string, string> = {}): Promise<RescindProcess> => {
    const started = await startRescind({
      databaseUrl,
      env: { RESCIND_LEASE_MS: '1000', RESCIND_DATA_DIR: join(directory, 'data'), ...env },
    });
    processes.push(started);
    await waitFor('a lease', () => holdsLease(started));
    return started;
  };
  const throughProxy = (): string => {
    const url = new URL(old.url);
    url.port = String(proxy.port);
    return url.href;
  };
  /** Copies the cluster and starts the copy; the old one goes on as well. */
  const copy = async (settings: Record<string, string> = {}, signal?: string): Promise<PostgresCluster> => {
    await old.stop();
    const target = await old.copyAs(join(directory, 'moved'));
    if (signal !== undefined) writeFileSync(join(directory, 'moved', signal), '');
    await old.start();
    await target.start(settings);
    return target;
  };
  const isRemembered = (verifier: RescindProcess, business: TestBusiness, token: TestToken) =>
    waitFor(
      'active, on a lease',
      async () =>
        outcomeOf(await verify(verifier, business, token)) === 'active' && (await holdsLease(verifier)),
    );

  it.each([
    ['when its sessions are cut', true],
    ['when only new ones lead there', false],
  ])(
    'R1: a verifier that goes on listening to the old one stops trusting its memory, %s',
    async (_, cut) => {
      const stale = await start(throughProxy(), { RESCIND_LISTEN_URL: old.url });
      const business = await aBusiness({ url: stale.url });
      const token = await aToken(business);
      moved = await copy();
      await isRemembered(stale, business, token);
      const right = await start(moved.url);
      proxy.targetPort = moved.port;
      if (cut) proxy.cut();
      else {
        proxy.cut('rescind');
        await waitFor('a session of the pool that leads there', async () => {
          await business.api.get('/api/v1/tokens').catch(() => null);
          return !(await holdsLease(stale));
        });
      }
      await waitFor('the revocation', async () => {
        const api = new Api(right.url, platformSecret(), business.id);
        return (await api.post(`/api/v1/tokens/${token.id}/revoke`)).status === 201;
      });
      for (let index = 0; index < 10; index++)
        expect(['revoked', '503']).toContain(outcomeOf(await verify(stale, business, token)));
      const { status, report } = await waitFor('readiness to tell', async () => {
        const readiness = await readinessOf(stale);
        return readiness.report.revocation.detail?.includes('different databases') === true && readiness;
      });
      expect([status, report.lease.status]).toEqual([503, 'down']);
      const api = new Api(stale.url, platformSecret(), business.id);
      const later = await aToken(business);
      const answer = await api.post(`/api/v1/tokens/${later.id}/revoke`);
      expect([answer.status, answer.body.code]).toEqual([503, 'revocation.unconfirmed']);
    },
    180_000,
  );

  it('R5: by a standby nothing is answered: not from it, and not as if it could record anything', async () => {
    const rescind = await start(throughProxy());
    const business = await aBusiness({ url: rescind.url });
    const token = await aToken(business);
    moved = await copy({ hot_standby: 'on' }, 'standby.signal');
    await isRemembered(rescind, business, token);
    proxy.targetPort = moved.port;
    proxy.cut();
    const { status, report } = await waitFor('readiness to tell', async () => {
      const readiness = await readinessOf(rescind);
      return readiness.report.revocation.detail?.includes('leads to a standby') === true && readiness;
    });
    expect(status).toBe(503);
    expect(report.revocation.detail).toBe('DATABASE_URL leads to a standby: it must lead to the primary.');
    await waitFor('the lease to end', async () => !(await holdsLease(rescind)));
    expect(outcomeOf(await verify(rescind, business, token))).toBe('503');
    const api = new Api(rescind.url, platformSecret(), business.id);
    expect((await api.post(`/api/v1/tokens/${token.id}/revoke`)).status).toBe(503);
    proxy.targetPort = old.port;
    proxy.cut();
    await rescind.ready();
    await waitFor(
      'an active verdict',
      async () => outcomeOf(await verify(rescind, business, token)) === 'active',
    );
  });
});
