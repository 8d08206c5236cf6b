import { Api } from '../../support/api.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { platformSecret } from '../../support/test-run.js';

describe('POST /api/v1/tokens/verify that names no business', () => {
  let url: string;
  let business: TestBusiness;
  let own: TestToken;
  let theirs: TestToken;
  let backEnd: string;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
    own = await aToken(business, { scopes: ['orders:read'] });
    theirs = await aToken(await aBusiness());
    ({ secret: backEnd } = await aToken(business, { scopes: ['rescind:tokens:verify'] }));
  });

  const verdict = async (caller: string, token: string, more: object = {}): Promise<unknown> => {
    const { status, body } = await new Api(url, caller).post('/api/v1/tokens/verify', { token, ...more });
    expect(status).toBe(200);
    return body;
  };

  it.each(['from the database', 'from memory'])('asks in the business of the caller, %s', async () => {
    expect(await verdict(backEnd, own.secret)).toMatchObject({ active: true, business_id: business.id });
    expect(await verdict(backEnd, own.secret, { scopes: ['orders:write'] })).toEqual({
      active: false,
      reason: 'insufficient_scope',
    });
    expect(await verdict(backEnd, theirs.secret)).toEqual({ active: false, reason: 'unknown' });
  });

  it('asks in all businesses for the platform, whose own tokens are in none', async () => {
    for (const token of [own, theirs])
      expect(await verdict(platformSecret(), token.secret)).toMatchObject({ active: true, jti: token.jti });
    expect(await verdict(platformSecret(), platformSecret())).toEqual({ active: false, reason: 'unknown' });
  });

  it('is refused to who may not verify', async () => {
    const { status, body } = await new Api(url, own.secret).post('/api/v1/tokens/verify', {
      token: own.secret,
    });
    expect([status, body.code]).toEqual([403, 'permission.denied']);
  });
});
