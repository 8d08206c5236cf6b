import { randomBytes } from 'node:crypto';
import { LOOK_UP_FLOODS, startFlood } from '../../../bench/lib/flood.mjs';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { platformSecret } from '../../support/test-run.js';

const CONNECTIONS = 100;
const VERIFICATIONS = 60;
const REVOCATIONS = 12;
const LIMIT_MS = 120_000;

describe('R6: while one tenant asks for more look-ups than the database answers', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let flooding: { business: string; admin: string };
  let calm: TestBusiness;
  let verifier: TestToken;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_BUSINESS_CALL_LIMIT: '', RESCIND_FAILED_AUTH_LIMIT: '', RESCIND_LOG_LEVEL: '' },
    });
    await app.ready();
    const business = await aBusiness({ url: app.url });
    flooding = { business: business.id, admin: (await aToken(business, { role: 'admin' })).secret };
    calm = await aBusiness({ url: app.url });
    verifier = await aToken(calm, { role: 'admin' });
  }, LIMIT_MS);
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  async function ask(seen: Set<number>, secret: string, path: string, body: object): Promise<void> {
    const answer = await fetch(`${app.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'x-business-id': calm.id,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    await answer.text();
    seen.add(answer.status);
  }

  it.each(LOOK_UP_FLOODS)(
    'by %s, another verifies and revokes with what is not in memory, and is never refused',
    async (kind) => {
      const owners: TestToken[] = [];
      for (let count = 0; count < REVOCATIONS; count++) owners.push(await aToken(calm, { role: 'admin' }));
      const verified = new Set<number>();
      const revoked = new Set<number>();
      const secrets = { platform: platformSecret(), admin: flooding.admin, auditor: '', wrong: [] };
      const flood = await startFlood({
        url: app.url,
        kind,
        connections: CONNECTIONS,
        business: flooding.business,
        secrets,
      });
      let answers: Record<string, number>;
      try {
        for (const { id, secret } of owners) {
          for (let count = 0; count < VERIFICATIONS / REVOCATIONS; count++)
            await ask(verified, verifier.secret, '/api/v1/tokens/verify', {
              token: randomBytes(32).toString('hex'),
            });
          await ask(revoked, secret, `/api/v1/tokens/${id}/revoke`, { reason: 'measured' });
        }
      } finally {
        answers = await flood.stop();
      }
      expect([...verified]).toEqual([200]);
      expect([...revoked]).toEqual([201]);
      // As many at once as these are more than one asker may have waiting.
      if (kind === 'batches') expect(answers['429']).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});
