import { mintSecret } from '../../../src/secrets/mint.js';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { exchange, type Answer } from '../../support/exchange.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const LIMIT = 5;

describe('an address that guesses at the gateway', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_FAILED_AUTH_LIMIT: String(LIMIT), RESCIND_TRUSTED_PROXIES: '127.0.0.1' },
    });
    business = await aBusiness({ url: app.url });
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const ask = (secret: string, from: string, path = '/gateway/authorize'): Promise<Answer> =>
    exchange(app.url, {
      method: 'GET',
      path,
      headers: [
        ['authorization', `Bearer ${secret}`],
        ['x-forwarded-for', from],
      ],
    });

  it('is refused with 401 for ever, in the words of every other guess, and never told to wait', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => ask(mintSecret('dz').secret, '198.51.100.1')),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    const shapes = answers.map(({ text, headers }) => [
      { ...(JSON.parse(text) as object), request_id: '' },
      headers['www-authenticate'],
      headers['retry-after'],
    ]);
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
  });

  it('does not keep a good token from passing, remembered or not', async () => {
    const from = '198.51.100.2';
    const remembered = await aToken(business);
    const fresh = await aToken(business);
    expect((await ask(remembered.secret, from)).status).toBe(200);
    for (let guess = 0; guess <= LIMIT; guess++) await ask(mintSecret('dz').secret, from);
    const guesses = Array.from({ length: 10 }, () => ask(mintSecret('dz').secret, from));
    expect((await ask(remembered.secret, from)).status).toBe(200);
    expect((await ask(fresh.secret, from)).status).toBe(200);
    await Promise.all(guesses);
  });

  it('is known to every other route', async () => {
    const from = '198.51.100.3';
    for (let guess = 0; guess <= LIMIT; guess++) await ask(mintSecret('dz').secret, from);
    expect((await ask(mintSecret('dz').secret, from, '/api/v1/tokens')).status).toBe(429);
  });

  it('by naming more scopes than a token can have is refused', async () => {
    const { secret } = await aToken(business);
    const scopes = Array.from({ length: 5000 }, () => 'a').join('+');
    expect((await ask(secret, '198.51.100.4', `/gateway/authorize?scope=${scopes}`)).status).toBe(403);
  });

  it('cannot push a demand out with parameters of its own', async () => {
    const { secret } = await aToken(business);
    const others = Array.from({ length: 1000 }, (_, index) => `${index}=1`).join('&');
    const path = `/gateway/authorize?${others}`;
    expect((await ask(secret, '198.51.100.5', path)).status).toBe(200);
    for (let again = 0; again < 2; again++)
      expect((await ask(secret, '198.51.100.5', `${path}&scope=no:such`)).status).toBe(403);
  });
});
