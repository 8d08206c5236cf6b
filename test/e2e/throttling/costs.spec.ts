import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { exchange, type Answer } from '../../support/exchange.js';
import { aBusiness, aToken, type TestToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const LIMIT = 20;
const FORM: [string, string] = ['content-type', 'application/x-www-form-urlencoded'];
const JSON_TYPE: [string, string] = ['content-type', 'application/json'];

describe('what an address may spend in a minute', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let token: TestToken;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_OPEN_ROUTE_LIMIT: String(LIMIT), RESCIND_TRUSTED_PROXIES: '127.0.0.1' },
    });
    token = await aToken(await aBusiness({ url: app.url }), { role: 'admin' });
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  let address = 0;
  const newAddress = (): [string, string] => ['x-forwarded-for', `198.51.100.${++address}`];
  const revoke = (from: [string, string], body: string): Promise<Answer> =>
    exchange(app.url, { method: 'POST', path: '/oauth/revoke', headers: [FORM, from], body });
  const issue = (from: [string, string], body: string): Promise<Answer> =>
    exchange(app.url, {
      method: 'POST',
      path: '/api/v1/tokens',
      headers: [
        ['authorization', `Bearer ${token.secret}`],
        ['x-business-id', token.api.business as string],
        JSON_TYPE,
        from,
      ],
      body,
    });
  const statusesOf = async (count: number, call: () => Promise<Answer>): Promise<number[]> => {
    const statuses = [];
    for (let round = 0; round < count; round++) statuses.push((await call()).status);
    return statuses;
  };
  const MANY_MEMBERS = `{${Array.from({ length: 9000 }, (_, index) => `"m${index}":1`).join(',')}}`;

  it('is one unit for a request to an open route, and one for each kB of its body', async () => {
    const small = newAddress();
    expect(await statusesOf(LIMIT + 1, () => revoke(small, 'token=x'))).toEqual([
      ...Array<number>(LIMIT).fill(200),
      429,
    ]);
    const large = newAddress();
    const body = `token=${'x'.repeat(3 * 1024)}`;
    expect(await statusesOf(LIMIT / 4 + 1, () => revoke(large, body))).toEqual([
      ...Array<number>(LIMIT / 4).fill(200),
      429,
    ]);
  });

  it('is five units for a request whose input is refused, be it by the parser or the validator', async () => {
    for (const body of ['hint=x', 'token=a&token=b']) {
      const from = newAddress();
      expect(await statusesOf(5, () => revoke(from, body))).toEqual([400, 400, 400, 400, 429]);
    }
    for (const body of ['{', '{"no_such_field":1}']) {
      const from = newAddress();
      const renew = (): Promise<Answer> =>
        exchange(app.url, {
          method: 'POST',
          path: '/api/v1/auth/token/renew',
          headers: [JSON_TYPE, from],
          body,
        });
      const statuses = await statusesOf(5, renew);
      expect([body, statuses.at(-1)]).toEqual([body, 429]);
      expect(new Set(statuses.slice(0, 4)).size).toBe(1);
    }
  });

  it('is spent by a body without a credential wherever it goes', async () => {
    const from = newAddress();
    const ask = (): Promise<Answer> =>
      exchange(app.url, { method: 'POST', path: '/api/v1/tokens', headers: [JSON_TYPE, from], body: '{}' });
    expect((await statusesOf(LIMIT + 1, ask)).at(-1)).toBe(429);
    expect((await ask()).headers['retry-after']).toMatch(/^\d+$/);
  });

  it('is spent with a credential by large bodies that are refused; small and good ones go on', async () => {
    const from = newAddress();
    expect(await statusesOf(2, () => issue(from, MANY_MEMBERS))).toEqual([400, 429]);
    const answer = await issue(from, MANY_MEMBERS);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect(answer.text.length).toBeLessThan(300);
    expect((await issue(from, '{"name":"small"}')).status).toBe(201);
    expect((await issue(from, '{"name":7}')).status).toBe(422);
    expect((await issue(newAddress(), '{"name":"elsewhere"}')).status).toBe(201);
  });

  it('is not spent by what is refused with a credential and is small', async () => {
    const from = newAddress();
    expect(new Set(await statusesOf(LIMIT * 2, () => issue(from, '{"name":7}')))).toEqual(new Set([422]));
    expect(await statusesOf(2, () => issue(from, MANY_MEMBERS))).toEqual([400, 429]);
  });

  it('counts a large body whose length is not declared', async () => {
    const from = newAddress();
    const send = (): Promise<Answer> =>
      exchange(app.url, {
        method: 'POST',
        path: '/api/v1/tokens',
        headers: [
          ['authorization', `Bearer ${token.secret}`],
          ['transfer-encoding', 'chunked'],
          JSON_TYPE,
          from,
        ],
        chunks: [MANY_MEMBERS],
      });
    expect(await statusesOf(2, send)).toEqual([400, 429]);
  });
});
