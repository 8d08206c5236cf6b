import { randomUUID } from 'node:crypto';
import type { Api } from '../../support/api.js';
import { aBusiness, aMember, aToken, platform, type TestBusiness } from '../../support/factories.js';

const REVOKE = '/platform/v1/tokens/revoke';
const INVALID = { status: 'Error', error: 'invalid token', message: 'invalid token' };

describe('POST /platform/v1/tokens/revoke', () => {
  let business: TestBusiness;
  let admin: Api;
  beforeAll(async () => {
    business = await aBusiness();
    admin = (await aToken(business, { role: 'admin' })).api.within(null);
  });

  it('answers 201 to the secret, and 201 again, with the token as it was sent', async () => {
    const token = await aToken(business);
    for (let call = 0; call < 2; call++) {
      const { status, body } = await admin.post(REVOKE, { token: token.secret });
      expect([status, body]).toEqual([201, { status: 'OK', data: { revoked_tokens: [token.secret] } }]);
      expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
    }
  });

  it('takes the id of the token as well', async () => {
    for (const member of ['token', 'token_id']) {
      const token = await aToken(business);
      const { status, body } = await admin.post(REVOKE, { [member]: token.id });
      expect([status, body.data.revoked_tokens]).toEqual([201, [token.id]]);
      expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
    }
  });

  it('answers one and the same 422 to what is unknown and what is not the caller’s', async () => {
    const foreign = await aToken(await aBusiness());
    const token = await aToken(business);
    const developer = (await aToken(business)).api.within(null);
    for (const [caller, sent] of [
      [admin, foreign.secret],
      [admin, foreign.id],
      [admin, randomUUID()],
      [admin, '0'.repeat(64)],
      [admin, 'garbage'],
      [admin, token.jti],
      [developer, token.secret],
      [developer, token.id],
      [admin, (await platform()).secret as string],
    ] as const) {
      const { status, body } = await caller.post(REVOKE, { token: sent });
      expect([status, body]).toEqual([422, INVALID]);
    }
    expect((await foreign.api.get('/api/v1/tokens')).status).toBe(200);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });

  it('lets any token revoke itself, and others only with the scope', async () => {
    const member = await aMember(business, 'admin');
    const narrow = (await aToken(business, { member, scopes: ['jobs:read'] })).api.within(null);
    const other = await aToken(business, { member });
    const denied = await narrow.post(REVOKE, { token: other.id });
    expect([denied.status, denied.body.status]).toEqual([403, 'Error']);
    expect((await narrow.post(REVOKE, { token: narrow.secret })).status).toBe(201);
    expect((await narrow.post(REVOKE, { token: other.id })).status).toBe(401);
  });

  it('lets the directory revoke in any business, by secret', async () => {
    const token = await aToken(business);
    expect((await (await platform()).post(REVOKE, { token: token.secret })).status).toBe(201);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
  });

  it.each([undefined, {}, { token: '' }, { token: null }, { token: ['x'] }, { token: {} }, []])(
    'answers 422 to %j, which names no token',
    async (body) => {
      const { status, body: answer } = await admin.post(REVOKE, body);
      expect([status, answer.status, answer.error === answer.message]).toEqual([422, 'Error', true]);
    },
  );
});
