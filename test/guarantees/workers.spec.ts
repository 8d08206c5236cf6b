import { freshDatabase, sql } from '../support/databases.js';
import { aBusiness, aToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { waitFor } from '../support/wait-for.js';
import { outcomeOf, verify } from './verifiers.js';

describe('RESCIND_WORKERS=2: each worker is a verifier of its own', () => {
  let app: RescindProcess;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_WORKERS: '2', RESCIND_LEASE_MS: '1000' },
    });
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const workerIds = async (): Promise<number[]> => {
    const rows = await sql<{ description: string }>(database.url, 'SELECT description FROM verifiers');
    return rows.map(({ description }) => Number(description.split(':').at(-1)));
  };

  it('a worker that dies is replaced, and nothing revoked meanwhile is active anywhere', async () => {
    await waitFor('two verifiers', async () => (await workerIds()).length === 2);
    const business = await aBusiness({ url: app.url });
    const token = await aToken(business);
    for (let index = 0; index < 20; index++)
      expect(outcomeOf(await verify(app, business, token))).toBe('active');
    const [doomed] = await workerIds();
    process.kill(doomed as number, 'SIGKILL');
    const revoked = await waitFor('an answer', async () => {
      const answer = await business.api.post(`/api/v1/tokens/${token.id}/revoke`).catch(() => null);
      return answer?.status === 201 && answer;
    });
    expect(revoked.body.receipt.verifiers_registered).toBeGreaterThan(0);
    await waitFor('the replacement', async () => {
      const ids = await workerIds();
      return ids.length === 2 && !ids.includes(doomed as number);
    });
    for (let index = 0; index < 20; index++)
      expect(outcomeOf(await verify(app, business, token))).toBe('revoked');
  });
});
