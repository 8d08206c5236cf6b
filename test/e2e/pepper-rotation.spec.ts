import { createHash, randomBytes } from 'node:crypto';
import { freshDatabase, type TestDatabase } from '../support/databases.js';
import { aBusiness, aToken } from '../support/factories.js';
import { Api } from '../support/api.js';
import { startRescind } from '../support/rescind-process.js';
import { testRun } from '../support/test-run.js';

describe('a new pepper', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());

  it('takes over while the retired one keeps old tokens good, and without it they are unknown for as long as it is away', async () => {
    const first = await startRescind({ databaseUrl: database.url });
    const business = await aBusiness({ url: first.url });
    const old = await aToken(business, { role: 'owner' });
    await first.stop();

    const RESCIND_PEPPER = randomBytes(32).toString('base64');
    const RESCIND_PEPPER_RETIRED = testRun().secrets.RESCIND_PEPPER;
    const both = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_PEPPER, RESCIND_PEPPER_RETIRED },
    });
    const withOld = new Api(both.url, old.secret, business.id);
    const issued = await withOld.post('/api/v1/tokens', {
      name: 'under the new pepper',
      scopes: ['rescind:tokens:read'],
    });
    expect(issued.status).toBe(201);
    expect((await withOld.as(issued.body.token).get('/api/v1/tokens')).status).toBe(200);
    await both.stop();

    const RESCIND_PEPPER_LOST = createHash('sha256')
      .update(Buffer.from(RESCIND_PEPPER_RETIRED, 'base64'))
      .digest('hex')
      .slice(0, 8);
    const env = { RESCIND_PEPPER, RESCIND_PEPPER_LOST };
    const newOnly = await startRescind({ databaseUrl: database.url, env });
    expect((await new Api(newOnly.url, old.secret, business.id).get('/api/v1/tokens')).status).toBe(401);
    expect((await new Api(newOnly.url, issued.body.token, business.id).get('/api/v1/tokens')).status).toBe(
      200,
    );
    await newOnly.stop();
  });
});
