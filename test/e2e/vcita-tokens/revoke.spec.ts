import { randomUUID } from 'node:crypto';
import type { Api } from '../../support/api.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  platform,
  type TestBusiness,
} from '../../support/factories.js';

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

  it('takes what the list shows as a token', async () => {
    const app = await anIdentity(business);
    const token = await aToken(business, { identityId: app.id });
    const [listed] = (await admin.get('/platform/v1/tokens', { app_id: app.id })).body.data.tokens;
    const { status, body } = await admin.post(REVOKE, { token: listed.token });
    expect([status, body.data.revoked_tokens]).toEqual([201, [listed.token]]);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
  });

  it('takes what the list shows to a directory, in a business and outside of all', async () => {
    const directory = await platform();
    const { id } = await aBusiness();
    for (const [within, owner] of [
      [directory.within(id), { business_id: id }],
      [directory, { directory_id: 'd1' }],
    ] as const) {
      const { body: created } = await within.post('/platform/v1/tokens', owner);
      const { body: list } = await within.get('/platform/v1/tokens', { directory_id: 'd1' });
      const handles = list.data.tokens.map((each: { token: string }) => each.token);
      expect(handles).toContain(created.data.token_id);
      const { status } = await within.post(REVOKE, { token: created.data.token_id as string });
      expect(status).toBe(201);
      const holder = directory.as(created.data.token as string);
      expect((await holder.get('/platform/v1/tokens')).status).toBe(401);
    }
  });

  it('revokes all tokens of a user or an app, names each, and answers 201 again', async () => {
    const [member, app] = [await aMember(business), await anIdentity(business)];
    const users = [await aToken(business, { member }), await aToken(business, { member })];
    const apps = [await aToken(business, { identityId: app.id })];
    for (const [filter, tokens] of [
      [{ user_id: member.id, app_id: app.id }, users],
      [{ app_id: app.id, directory_id: 'd1' }, apps],
    ] as const) {
      const { status, body } = await admin.post(REVOKE, filter);
      expect([status, [...body.data.revoked_tokens].sort()]).toEqual([
        201,
        tokens.map(({ id }) => id).sort(),
      ]);
      for (const { api } of tokens) expect((await api.get('/api/v1/tokens')).status).toBe(401);
      const again = await admin.post(REVOKE, filter);
      expect([again.status, again.body.data.revoked_tokens]).toEqual([201, []]);
    }
  });

  it('revokes a directory’s tokens for the platform alone: those that it has in the business, or those created here', async () => {
    const directory = await platform();
    const another = await aBusiness();
    const inBusiness = await directory.post('/platform/v1/tokens', { business_id: another.id });
    const owned = await aToken(another);
    const answer = await directory.within(another.id).post(REVOKE, { directory_id: 'd1' });
    expect([answer.status, answer.body.data.revoked_tokens]).toEqual([201, [inBusiness.body.data.token_id]]);
    expect((await owned.api.get('/api/v1/tokens')).status).toBe(200);
    const outside = await directory.post('/platform/v1/tokens', { directory_id: 'd1' });
    const ended = await directory.post(REVOKE, { directory_id: 'd1' });
    expect(ended.body.data.revoked_tokens).toContain(outside.body.data.token_id);
    expect((await directory.as(outside.body.data.token as string).get('/platform/v1/tokens')).status).toBe(
      401,
    );
    expect((await directory.get('/platform/v1/tokens')).status).toBe(201);
    const denied = await admin.post(REVOKE, { directory_id: 'd1' });
    expect([denied.status, denied.body.status]).toEqual([403, 'Error']);
  });

  it('revokes what a user or app has for themselves and for administrators with the scope only', async () => {
    const [member, app] = [await aMember(business), await anIdentity(business)];
    const own = await aToken(business, { member });
    const narrow = await aToken(business, { role: 'admin', scopes: ['rescind:tokens:read'] });
    const developer = (await aToken(business)).api.within(null);
    for (const caller of [developer, narrow.api.within(null)]) {
      for (const filter of [{ user_id: member.id }, { app_id: app.id }, { user_id: randomUUID() }])
        expect((await caller.post(REVOKE, filter)).status).toBe(403);
    }
    for (const filter of [
      { user_id: randomUUID() },
      { app_id: 'x' },
      { user_id: (await aMember(await aBusiness())).id },
    ])
      expect((await admin.post(REVOKE, filter)).status).toBe(404);
    expect((await (await platform()).post(REVOKE, { user_id: member.id })).status).toBe(400);
    const { status, body } = await own.api.within(null).post(REVOKE, { user_id: member.id });
    expect([status, body.data.revoked_tokens]).toEqual([201, [own.id]]);
    expect((await own.api.get('/api/v1/tokens')).status).toBe(401);
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
