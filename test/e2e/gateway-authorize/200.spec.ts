import { METHODS } from 'node:http';
import { exchange, type Answer } from '../../support/exchange.js';
import { aBusiness, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { sql } from '../../support/databases.js';
import { sharedApp } from '../../support/shared-app.js';
import { platformSecret } from '../../support/test-run.js';

const PATH = '/gateway/authorize';

describe('/gateway/authorize answers 200 with an empty body', () => {
  let url: string;
  let business: TestBusiness;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
  });

  const ask = (secret: string, path = PATH, more: [string, string][] = [], method = 'GET'): Promise<Answer> =>
    exchange(url, { method, path, headers: [['authorization', `Bearer ${secret}`], ...more] });

  it('and who the token speaks for', async () => {
    const token = await aToken(business, { scopes: ['jobs:read', 'jobs:run'], expiresInDays: null });
    const answer = await ask(token.secret);
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-length': '0',
      'x-rescind-business-id': business.id,
      'x-rescind-token-id': token.id,
      'x-rescind-owner-kind': 'user',
      'x-rescind-scopes': 'jobs:read jobs:run',
      'x-rescind-expires-at': 'never',
    });
  });

  it('to every method, with any path appended', async () => {
    const { secret } = await aToken(business);
    const paths = [
      '/',
      '/orders/1',
      '/a/../b',
      '/%zz',
      '/%00?x=%',
      `/${'long/'.repeat(800)}`,
      '//',
      '?',
      '/docs',
    ];
    for (const method of METHODS.filter((each) => each !== 'CONNECT'))
      expect((await ask(secret, `${PATH}/orders`, [], method)).status).toBe(200);
    for (const suffix of paths) expect((await ask(secret, PATH + suffix)).status).toBe(200);
  });

  it('whatever content headers a proxy repeats, and whatever body comes with them', async () => {
    const { secret } = await aToken(business);
    const headers: [string, string][] = [['authorization', `Bearer ${secret}`]];
    for (const type of ['application/json', 'application/x-unheard-of', ';;;', 'text/plain; charset=\\']) {
      const typed: [string, string][] = [...headers, ['content-type', type]];
      for (const body of [undefined, '', '{"broken', 'x'.repeat(300_000)]) {
        const answer = await exchange(url, { method: 'POST', path: PATH, headers: typed, body });
        expect(answer.status).toBe(200);
      }
    }
  });

  it('when all scopes that are asked for are covered', async () => {
    const { secret } = await aToken(business, { scopes: ['jobs:write', 'reports:read'] });
    for (const query of [
      '?scope=jobs:read',
      '?scope=jobs:read&scope=reports:read',
      '?scope=jobs:read+reports:read',
    ])
      expect((await ask(secret, PATH + query)).status).toBe(200);
  });

  it('when the business that is named is the token’s, or the platform asks for one that exists', async () => {
    const { secret } = await aToken(business);
    expect((await ask(secret, `${PATH}?business=${business.id}`)).status).toBe(200);
    expect((await ask(secret, PATH, [['x-business-id', business.id.toUpperCase()]])).status).toBe(200);
    const answer = await ask(platformSecret(), PATH, [['x-business-id', business.id]]);
    expect(answer.headers['x-rescind-business-id']).toBe(business.id);
  });

  it('and one line of ASCII for an owner of any name', async () => {
    const identity = await anIdentity(business);
    const token = await aToken(business, { identityId: identity.id });
    const { superuserUrl } = await sharedApp();
    await sql(superuserUrl, 'UPDATE identities SET name = $2 WHERE id = $1', [
      identity.id,
      'Köln 100% \r\nx-rescind-owner-kind: platform 🚀',
    ]);
    const { headers } = await ask(token.secret);
    expect(headers['x-rescind-owner']).toBe(
      'K%C3%B6ln 100%25 %0D%0Ax-rescind-owner-kind: platform %F0%9F%9A%80',
    );
    expect(headers['x-rescind-owner-kind']).toBe('identity');
  });
});
