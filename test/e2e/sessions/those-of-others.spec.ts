import {
  aBusiness,
  aMember,
  aToken,
  platform,
  type TestBusiness,
  type TestMember,
} from '../../support/factories.js';
import { aSession, type TestSession } from '../../support/session.js';

const signedIn = async (business: TestBusiness, member: TestMember): Promise<TestSession> =>
  aSession((await aToken(business, { member })).api);
const idsIn = async ({ api }: Pick<TestSession, 'api'>): Promise<string[]> =>
  ((await api.get('/api/v1/sessions')).body.items as { id: string }[]).map(({ id }) => id);

describe('the list of sessions', () => {
  it.each([['owner'], ['admin'], ['auditor']] as const)('shows the %s those of everybody', async (role) => {
    const business = await aBusiness();
    const theirs = await signedIn(business, await aMember(business, 'developer'));
    const mine = await signedIn(business, await aMember(business, role));
    expect(await idsIn(mine)).toEqual([mine.id, theirs.id]);
    const { body } = await mine.api.get('/api/v1/sessions');
    expect(body.items.map(({ current }: { current: boolean }) => current)).toEqual([true, false]);
  });

  it('shows a developer their own, live ones alone, from page to page', async () => {
    const business = await aBusiness();
    const member = await aMember(business, 'developer');
    const sessions = [];
    for (let count = 0; count < 4; count++) sessions.push(await signedIn(business, member));
    await signedIn(business, await aMember(business, 'developer'));
    const [oldest, ended, ...others] = sessions as [TestSession, TestSession, TestSession, TestSession];
    await ended.api.post('/api/v1/sessions/current/end', {});
    const expected = [...others.map(({ id }) => id).reverse(), oldest.id];
    expect(await idsIn(oldest)).toEqual(expected);
    const first = await oldest.api.get('/api/v1/sessions', { limit: 2 });
    const next = await oldest.api.get('/api/v1/sessions', {
      limit: 2,
      cursor: first.body.next_cursor as string,
    });
    const back = await oldest.api.get('/api/v1/sessions', {
      limit: 2,
      cursor: next.body.prev_cursor as string,
      direction: 'prev',
    });
    const ids = ({ body }: { body: { items: { id: string }[] } }) => body.items.map(({ id }) => id);
    expect([ids(first), ids(next), ids(back)]).toEqual([
      expected.slice(0, 2),
      expected.slice(2),
      expected.slice(0, 2),
    ]);
  });

  it('shows nobody those of another business, nor those of the platform', async () => {
    const [one, other] = [await aBusiness(), await aBusiness()];
    const theirs = await signedIn(other, await aMember(other, 'owner'));
    const ofPlatform = await aSession(await platform());
    const mine = await signedIn(one, await aMember(one, 'owner'));
    expect(await idsIn(mine)).toEqual([mine.id]);
    expect((await mine.api.within(other.id).get('/api/v1/sessions')).status).toBe(403);
    expect((await mine.api.post(`/api/v1/sessions/${theirs.id}/revoke`, {})).status).toBe(404);
    expect((await mine.api.post(`/api/v1/sessions/${ofPlatform.id}/revoke`, {})).status).toBe(404);
    expect(await idsIn({ api: ofPlatform.api.within(other.id) })).toEqual([theirs.id]);
    expect(await idsIn(ofPlatform)).toContain(ofPlatform.id);
  });
});

describe('revoking a session', () => {
  it('is for administrators, and for oneself', async () => {
    const business = await aBusiness();
    const [developer, another] = [await aMember(business), await aMember(business)];
    const [mine, second] = [await signedIn(business, developer), await signedIn(business, developer)];
    const theirs = await signedIn(business, another);
    const auditor = await signedIn(business, await aMember(business, 'auditor'));
    const admin = await signedIn(business, await aMember(business, 'admin'));
    const revoke = async (by: TestSession, session: TestSession) =>
      (await by.api.post(`/api/v1/sessions/${session.id}/revoke`, { reason: 'lost' })).status;
    expect(await revoke(mine, theirs)).toBe(404);
    expect(await revoke(auditor, theirs)).toBe(403);
    expect(await revoke(mine, second)).toBe(201);
    expect(await revoke(admin, theirs)).toBe(201);
    expect(await revoke(auditor, auditor)).toBe(201);
    for (const { api } of [second, theirs, auditor])
      expect((await api.get('/api/v1/sessions/current')).status).toBe(401);
    expect((await mine.api.get('/api/v1/sessions/current')).status).toBe(200);
  });

  it('keeps the first revocation, and answers again with its facts', async () => {
    const business = await aBusiness();
    const session = await signedIn(business, await aMember(business));
    const revoke = (reason: string) => business.api.post(`/api/v1/sessions/${session.id}/revoke`, { reason });
    const [first, second] = [await revoke('lost'), await revoke('again')];
    expect(second.body.data).toEqual(first.body.data);
    expect([first.body.tokens_revoked, second.body.tokens_revoked]).toEqual([1, 0]);
    expect(first.body.data.revocation_reason).toBe('lost');
  });

  it('finds no API token by that name', async () => {
    const business = await aBusiness();
    const token = await aToken(business);
    expect((await business.api.post(`/api/v1/sessions/${token.id}/revoke`, {})).status).toBe(404);
    expect(
      (await business.api.post(`/api/v1/sessions/${token.id}/revoke`, { reason: 'leaked' })).status,
    ).toBe(404);
    expect((await token.api.get(`/api/v1/tokens/${token.id}`)).status).toBe(200);
  });

  it('is not counted where somebody is removed', async () => {
    const business = await aBusiness();
    const member = await aMember(business);
    await signedIn(business, member);
    const { body } = await business.api.delete(`/api/v1/members/${member.id}`);
    expect(body.tokens_revoked).toBe(1);
  });
});

describe('a session', () => {
  it('issues tokens that outlive it, but not the token that it was opened with', async () => {
    const business = await aBusiness();
    const session = await aSession((await aToken(business, { role: 'admin', expiresInDays: 20 })).api);
    const { body } = await session.api.post('/api/v1/tokens', { name: 'x', expires_in_days: 60 });
    const { body: opener } = await session.api.get('/api/v1/tokens');
    const opened = opener.items.find(({ name }: { name: string }) => name !== 'x');
    expect(body.token_info.expires_at).toBe(opened.expires_at);
    expect(Date.parse(body.token_info.expires_at as string)).toBeGreaterThan(
      Date.parse(session.body.expires_at as string),
    );
  });

  it('is not opened by a session, nor by a token that gives its holder no role', async () => {
    const business = await aBusiness();
    const session = await signedIn(business, await aMember(business, 'owner'));
    expect((await session.api.post('/api/v1/sessions', {})).status).toBe(401);
    const { body } = await business.api.post('/api/v1/tokens', {
      name: 'nobody',
      scopes: ['rescind:tokens:read'],
    });
    const nobody = business.api.as(body.token as string);
    const answer = await nobody.call('POST', '/api/v1/sessions', {
      body: {},
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    expect(answer.status).toBe(403);
  });

  it('is not opened with a token whose uses are limited', async () => {
    const business = await aBusiness();
    const { body: identity } = await business.api.post('/api/v1/identities', { name: 'ci', role: 'admin' });
    const path = `/api/v1/auth/token-auth/identities/${identity.id as string}`;
    await business.api.post(path, { accessTokenNumUsesLimit: 5 });
    const { body } = await business.api.post(`${path}/tokens`, {});
    const answer = await business.api.as(body.accessToken as string).call('POST', '/api/v1/sessions', {
      body: {},
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    expect(answer.status).toBe(403);
  });

  it('is bound to the addresses of its token, as they are now', async () => {
    const business = await aBusiness();
    const { body: identity } = await business.api.post('/api/v1/identities', { name: 'ci', role: 'admin' });
    const path = `/api/v1/auth/token-auth/identities/${identity.id as string}`;
    await business.api.post(path, {});
    const { body } = await business.api.post(`${path}/tokens`, {});
    const session = await aSession(business.api.as(body.accessToken as string));
    expect((await session.api.get('/api/v1/sessions/current')).status).toBe(200);
    const elsewhere = { accessTokenTrustedIps: [{ ipAddress: '192.0.2.1' }] };
    const changed = await business.api.patch(path, elsewhere);
    expect(changed.status).toBe(200);
    expect((await session.api.get('/api/v1/sessions/current')).status).toBe(403);
  });

  it('cannot change the terms that its token is held to', async () => {
    const business = await aBusiness();
    const { body: identity } = await business.api.post('/api/v1/identities', { name: 'ci', role: 'owner' });
    const path = `/api/v1/auth/token-auth/identities/${identity.id as string}`;
    await business.api.post(path, {});
    const { body } = await business.api.post(`${path}/tokens`, {});
    const session = await aSession(business.api.as(body.accessToken as string));
    expect((await session.api.patch(path, { accessTokenTTL: 60 })).status).toBe(403);
  });
});

it('anybody may ask how people sign in here', async () => {
  const { status, body } = await (await platform()).as(null).get('/api/v1/sessions/sign-in');
  expect([status, body]).toEqual([200, { token: true, oidc: [], recovery: true }]);
});
