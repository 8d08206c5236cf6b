import { aBusiness, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';

describe('POST /api/v1/tokens/verify-batch answers 200', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  const verify = async (items: object[]): Promise<Record<string, unknown>[]> => {
    const { status, body } = await business.api.post('/api/v1/tokens/verify-batch', { items });
    expect(status).toBe(200);
    return body.items;
  };

  it('with the verdicts that verify gives, in the same order', async () => {
    const [good, revoked, narrow, foreign] = [
      await aToken(business),
      await aToken(business),
      await aToken(business, { scopes: ['jobs:read'] }),
      await aToken(await aBusiness()),
    ];
    await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`);
    const items = [
      { token: revoked.secret },
      { token: good.secret },
      { token: narrow.secret, scopes: ['jobs:write'] },
      { token: 'nonsense' },
      { token: narrow.secret, scopes: ['jobs:read'], ip: '203.0.113.7' },
      { token: foreign.secret },
      { token: good.secret },
    ];
    const single = [];
    for (const item of items) single.push((await business.api.post('/api/v1/tokens/verify', item)).body);
    // Looked up, and out of memory.
    for (let times = 0; times < 2; times++) expect(await verify(items)).toEqual(single);
    expect(single.map(({ active, reason }) => reason ?? active)).toEqual([
      'revoked',
      true,
      'insufficient_scope',
      'malformed',
      true,
      'unknown',
      true,
    ]);
  });

  it('a use is counted for each time that a secret is in it, in its order', async () => {
    const identity = await anIdentity(business);
    const tokenAuth = `/api/v1/auth/token-auth/identities/${identity.id}`;
    await business.api.post(tokenAuth, { accessTokenNumUsesLimit: 2 });
    const { body } = await business.api.post(`${tokenAuth}/tokens`, {});
    const verdicts = await verify(Array.from({ length: 4 }, () => ({ token: body.accessToken })));
    expect(verdicts.map(({ active, reason }) => reason ?? active)).toEqual([
      true,
      true,
      'exhausted',
      'exhausted',
    ]);
  });

  it('up to 100 of them, and not one more, nor none', async () => {
    const { secret } = await aToken(business);
    const hundred = Array.from({ length: 100 }, () => ({ token: secret }));
    expect((await verify(hundred)).filter(({ active }) => active === true)).toHaveLength(100);
    for (const items of [[...hundred, { token: secret }], [], [{}], [{ token: 7 }], ['x'], [null], 'x'])
      expect((await business.api.post('/api/v1/tokens/verify-batch', { items })).status).toBe(422);
  });
});
