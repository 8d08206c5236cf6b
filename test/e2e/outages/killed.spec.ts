import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api } from '../../support/api.js';
import { freshDatabase, sql } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const TOKENS = 60;
const ACKNOWLEDGED_BEFORE_KILL = 15;

interface Load {
  /** Ids whose revocation was answered with 201. */
  acknowledged: string[];
  /** Resolves when ACKNOWLEDGED_BEFORE_KILL of them were. */
  some: Promise<unknown>;
  over: Promise<unknown>;
}

/** Revokes one token after the other in four lanes until all are tried; failures are part of the exercise. */
function revokeAll(business: TestBusiness, tokens: TestToken[]): Load {
  const acknowledged: string[] = [];
  const some = Promise.withResolvers<void>();
  const queue = [...tokens];
  const lane = async (): Promise<void> => {
    for (let token = queue.shift(); token !== undefined; token = queue.shift()) {
      const { id } = token;
      const answer = await business.api.post(`/api/v1/tokens/${id}/revoke`).catch(() => null);
      if (answer?.status === 201 && acknowledged.push(id) === ACKNOWLEDGED_BEFORE_KILL) some.resolve();
    }
  };
  return { acknowledged, some: some.promise, over: Promise.all([lane(), lane(), lane(), lane()]) };
}

async function aLoad(url: string): Promise<{ business: TestBusiness; tokens: TestToken[] }> {
  const business = await aBusiness({ url });
  const member = await aMember(business);
  const tokens: TestToken[] = [];
  for (let index = 0; index < TOKENS; index++) tokens.push(await aToken(business, { member }));
  return { business, tokens };
}

/** Every acknowledged revocation is there, and as many events as revoked tokens. */
async function expectNothingLost(databaseUrl: string, acknowledged: string[]): Promise<void> {
  const rows = await sql<{ id: string; events: number }>(
    databaseUrl,
    `SELECT t.id, (SELECT count(*)::int FROM audit_events e WHERE e.action = 'token.revoked' AND e.target_id = t.id::text) AS events
     FROM tokens t WHERE t.revoked_at IS NOT NULL`,
  );
  expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining(acknowledged));
  expect(rows.filter(({ events }) => events !== 1)).toEqual([]);
  const [counts] = await sql<{ revoked: number; events: number }>(
    databaseUrl,
    `SELECT (SELECT count(*)::int FROM tokens WHERE revoked_at IS NOT NULL) AS revoked,
       (SELECT count(*)::int FROM audit_events WHERE action = 'token.revoked') AS events`,
  );
  expect(counts?.events).toBe(counts?.revoked);
}

async function expectRefused(url: string, business: TestBusiness, tokens: TestToken[], ids: string[]) {
  for (const { id, secret } of tokens.filter((token) => ids.includes(token.id))) {
    const { status } = await new Api(url, secret, business.id).get('/api/v1/tokens');
    expect([id, status]).toEqual([id, 401]);
  }
}

describe('kill -9 under load loses no acknowledged revocation and no event', () => {
  it('of the service', async () => {
    const database = await freshDatabase();
    const first = await startRescind({ databaseUrl: database.url });
    const { business, tokens } = await aLoad(first.url);
    const load = revokeAll(business, tokens);
    await load.some;
    await first.kill('SIGKILL');
    await load.over;
    expect(load.acknowledged.length).toBeLessThan(TOKENS);

    const second = await startRescind({ databaseUrl: database.url });
    await expectRefused(second.url, business, tokens, load.acknowledged);
    await expectNothingLost(database.url, load.acknowledged);
    await second.stop();
    await database.drop();
  });

  it('of the embedded database, which comes back while the service runs', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'rescind-killed-'));
    chmodSync(dataDir, 0o711);
    let app: RescindProcess | undefined;
    try {
      app = await startRescind({ databaseUrl: '', env: { RESCIND_DATA_DIR: dataDir } });
      const { business, tokens } = await aLoad(app.url);
      const postmaster = Number(
        readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0],
      );
      const load = revokeAll(business, tokens);
      await load.some;
      process.kill(postmaster, 'SIGKILL');
      await load.over;
      await app.ready();

      await expectRefused(app.url, business, tokens, load.acknowledged);
      await expectNothingLost(urlIn(dataDir), load.acknowledged);
      const { id } = await aToken(business);
      expect((await business.api.post(`/api/v1/tokens/${id}/revoke`)).status).toBe(201);
    } finally {
      await app?.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

/** Address of the database that the service embeds. */
function urlIn(dataDir: string): string {
  const port = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3];
  const password = readFileSync(join(dataDir, 'postgres-password'), 'utf8').trim();
  return `postgres://rescind:${password}@127.0.0.1:${port}/rescind`;
}
