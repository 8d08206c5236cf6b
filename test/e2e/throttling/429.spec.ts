import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { exchange, type Answer } from '../../support/exchange.js';
import { aBusiness, anIdentity, aToken, type TestToken } from '../../support/factories.js';
import { postForm } from '../../support/form.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const LIMIT = 5;

describe('an address that asks too often', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let token: TestToken;
  let client: [string, string];
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      env: {
        RESCIND_FAILED_AUTH_LIMIT: String(LIMIT),
        RESCIND_OPEN_ROUTE_LIMIT: String(LIMIT),
        RESCIND_TRUSTED_PROXIES: '127.0.0.1',
      },
    });
    const business = await aBusiness({ url: app.url });
    token = await aToken(business, { role: 'admin' });
    const identity = await anIdentity(business, 'admin');
    client = [identity.id, (await aToken(business, { identityId: identity.id })).secret];
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  /** Every test is a client of its own, behind the trusted proxy that the test process is. */
  let address = 0;
  const newAddress = (): [string, string] => ['x-forwarded-for', `198.51.100.${++address}`];
  const list = (secret: string, from: [string, string]): Promise<Answer> =>
    exchange(app.url, {
      method: 'GET',
      path: '/api/v1/tokens',
      headers: [['authorization', `Bearer ${secret}`], ['x-business-id', token.api.business as string], from],
    });
  const times = async (count: number, call: () => Promise<Answer>): Promise<number[]> => {
    const statuses = [];
    for (let round = 0; round < count; round++) statuses.push((await call()).status);
    return statuses;
  };
  const until = (limit: number, before: number): number[] => [...Array<number>(limit).fill(before), 429];

  it('with secrets that never were is told to wait, in the shape of the dialect', async () => {
    const from = newAddress();
    expect(await times(LIMIT + 1, () => list('dz_guess', from))).toEqual(until(LIMIT, 401));
    const answer = await list('dz_guess', from);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(JSON.parse(answer.text)).toMatchObject({
      detail: 'Too many requests',
      code: 'request.rate_limited',
    });
    const oauth = await postForm(app.url, '/oauth/introspect', [['token', 'x']], {
      bearer: 'dz_guess',
      headers: [from],
    });
    expect(oauth.status).toBe(429);
    expect(JSON.parse(oauth.text)).toMatchObject({ error: 'temporarily_unavailable' });
    expect(oauth.headers['retry-after']).toBeDefined();
  });

  it('is let in with a good secret all the same, which forgives nothing of what was guessed', async () => {
    const from = newAddress();
    expect((await times(LIMIT + 1, () => list('dz_guess', from))).at(-1)).toBe(429);
    expect((await list(token.secret, from)).status).toBe(200);
    expect((await list('dz_guess', from)).status).toBe(429);
    const shared = newAddress();
    const guessAndWork = async (): Promise<number> => {
      expect((await list(token.secret, shared)).status).toBe(200);
      return (await list('dz_guess', shared)).status;
    };
    const guesses = [];
    for (let round = 0; round <= LIMIT; round++) guesses.push(await guessAndWork());
    expect(guesses).toEqual(until(LIMIT, 401));
  });

  it('is counted for HTTP Basic as for bearers, for an identity that is not its own too', async () => {
    const from = newAddress();
    const ask = (basic: [string, string]): Promise<Answer> =>
      postForm(app.url, '/oauth/introspect', [['token', 'x']], { basic, headers: [from] });
    expect(await times(LIMIT + 1, () => ask([client[0], token.secret]))).toEqual(until(LIMIT, 401));
    expect((await ask(client)).status).toBe(200);
    expect((await ask([client[0], 'wrong'])).status).toBe(429);
  });

  it('is counted apart from every other address, but with its neighbours in an IPv6 network', async () => {
    await times(LIMIT + 1, () => list('dz_guess', newAddress()));
    expect((await list('dz_guess', newAddress())).status).toBe(401);
    let host = 0;
    const neighbour = (): Promise<Answer> => list('dz_guess', ['x-forwarded-for', `2001:db8::${++host}`]);
    expect(await times(LIMIT + 1, neighbour)).toEqual(until(LIMIT, 401));
  });

  it('on a route without credentials is told to wait, in the shape of the dialect', async () => {
    const from = newAddress();
    const revoke = (): Promise<Answer> =>
      postForm(app.url, '/oauth/revoke', [['token', 'x']], { headers: [from] });
    expect(await times(LIMIT + 1, revoke)).toEqual(until(LIMIT, 200));
    const answer = await revoke();
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect(JSON.parse(answer.text)).toMatchObject({ error: 'temporarily_unavailable' });
    const metadata = { method: 'GET', path: '/.well-known/jwks.json', headers: [from] };
    expect((await exchange(app.url, metadata)).status).toBe(429);
    const client = { bearer: token.secret, headers: [from] };
    expect((await postForm(app.url, '/oauth/revoke', [['token', 'x']], client)).status).toBe(200);
  });

  it('is refused by the open routes of the dialects in their own words, wherever it spent its requests', async () => {
    const from = newAddress();
    const agent = (): Promise<Answer> =>
      postForm(app.url, '/api/agent/oauth/revoke', [['token', 'x']], { headers: [from] });
    expect(await times(LIMIT + 1, agent)).toEqual(until(LIMIT, 200));
    expect(JSON.parse((await agent()).text)).toMatchObject({ error: expect.any(String) as string });
    for (const path of ['/api/v1/auth/token/renew', '/api/v1/auth/token/revoke']) {
      const headers: [string, string][] = [['content-type', 'application/json'], from];
      const body = JSON.stringify({ accessToken: 'x' });
      const answer = await exchange(app.url, { method: 'POST', path, headers, body });
      expect(answer.status).toBe(429);
      expect(answer.headers['retry-after']).toMatch(/^\d+$/);
      expect(JSON.parse(answer.text)).toMatchObject({ statusCode: 429, error: 'RateLimitExceeded' });
    }
  });
});

describe('X-Forwarded-For', () => {
  it('is believed of no address that is not a trusted proxy', async () => {
    const database = await freshDatabase();
    const app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_OPEN_ROUTE_LIMIT: '2', RESCIND_TRUSTED_PROXIES: '192.0.2.0/24' },
    });
    const statuses = [];
    for (let round = 1; round <= 3; round++) {
      const headers: [string, string][] = [['x-forwarded-for', `198.51.100.${round}`]];
      statuses.push(
        (await exchange(app.url, { method: 'GET', path: '/.well-known/jwks.json', headers })).status,
      );
    }
    expect(statuses).toEqual([200, 200, 429]);
    await app.stop();
    await database.drop();
  });
});
