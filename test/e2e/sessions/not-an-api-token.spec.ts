import { exchange } from '../../support/exchange.js';
import { sql } from '../../support/databases.js';
import { aBusiness, aMember, aToken, platform, type TestBusiness } from '../../support/factories.js';
import { aSession, SessionApi, type TestSession } from '../../support/session.js';
import { sharedApp } from '../../support/shared-app.js';

describe('a session', () => {
  let business: TestBusiness;
  let session: TestSession;
  beforeEach(async () => {
    business = await aBusiness();
    session = await aSession((await aToken(business, { role: 'owner' })).api);
  });
  const isGood = async () => (await session.api.get('/api/v1/sessions/current')).status === 200;

  it('is unknown to whoever asks for a verdict on its secret', async () => {
    const one = await business.api.post('/api/v1/tokens/verify', { token: session.secret });
    expect(one.body).toMatchObject({ active: false, reason: 'unknown' });
    const { body } = await business.api.post('/api/v1/tokens/verify-batch', {
      items: [{ token: session.secret }],
    });
    expect(body.items).toMatchObject([{ active: false, reason: 'unknown' }]);
    const form = new URLSearchParams({ token: session.secret }).toString();
    const asked = await exchange(session.api.url, {
      method: 'POST',
      path: '/oauth/introspect',
      headers: [
        ['authorization', `Bearer ${business.api.secret}`],
        ['content-type', 'application/x-www-form-urlencoded'],
      ],
      body: form,
    });
    expect(JSON.parse(asked.text)).toEqual({ active: false });
  });

  it('is unknown as a bearer, here and at a gateway', async () => {
    const bearer = session.api.as(session.secret);
    expect((await bearer.get('/api/v1/tokens')).status).toBe(401);
    expect((await bearer.get('/api/v1/sessions/current')).status).toBe(401);
    const gateway = await exchange(session.api.url, {
      method: 'GET',
      path: '/gateway/authorize',
      headers: [['authorization', `Bearer ${session.secret}`]],
    });
    expect(gateway.status).toBe(401);
    expect(await isGood()).toBe(true);
  });

  it('is not let through by a gateway for its cookie', async () => {
    const cookie = `__Host-rescind=${session.secret}`;
    const gateway = await exchange(session.api.url, {
      method: 'GET',
      path: '/gateway/authorize',
      headers: [['cookie', cookie]],
    });
    expect(gateway.status).toBe(401);
  });

  it('opens no stream of a client verifier', async () => {
    const { status } = await session.api.call('GET', '/api/v1/verifiers/stream');
    expect(status).toBe(401);
  });

  it('is not revoked by whoever presents its secret as that of a token', async () => {
    await exchange(session.api.url, {
      method: 'POST',
      path: '/oauth/revoke',
      headers: [['content-type', 'application/x-www-form-urlencoded']],
      body: new URLSearchParams({ token: session.secret }).toString(),
    });
    expect(await isGood()).toBe(true);
  });

  it('is neither listed nor counted, found, read, changed, rotated or revoked as an API token', async () => {
    const { api } = business;
    const list = await api.get('/api/v1/tokens', {
      owner_email: '*',
      include_revoked: true,
      include_total_count: true,
    });
    expect(list.body.total).toBe(1);
    expect(list.body.items.map(({ id }: { id: string }) => id)).not.toContain(session.id);
    const preview = `dzs_${session.secret.slice(4, 8)}********${session.secret.slice(-4)}`;
    for (const fragment of [session.secret, session.secret.split('_')[1], preview])
      expect((await api.post('/api/v1/tokens/find', { fragment })).body.items).toEqual([]);
    const path = `/api/v1/tokens/${session.id}`;
    expect((await api.get(path)).status).toBe(404);
    expect((await api.patch(path, { name: 'x' })).status).toBe(404);
    expect((await api.post(`${path}/rotate`, {})).status).toBe(404);
    expect((await api.get(`${path}/usage`)).status).toBe(404);
    expect((await api.post(`${path}/revoke`, {})).status).toBe(404);
    expect((await api.post(`${path}/revoke`, { reason: 'leaked' })).status).toBe(404);
    expect(await isGood()).toBe(true);
  });

  it('is not listed among the tokens of the platform', async () => {
    const { id } = await aSession(await platform());
    const { body } = await (await platform()).get('/api/v1/admin/tokens');
    expect(body.items.map((item: { id: string }) => item.id)).not.toContain(id);
    expect((await (await platform()).post(`/api/v1/admin/tokens/${id}/revoke`, {})).status).toBe(404);
  });

  it('is not meant by a selector', async () => {
    const preview = { selector: { name: 'a' }, reason: 'x', preview: true };
    await sql((await sharedApp()).databaseUrl, `UPDATE tokens SET name = 'a' WHERE id = $1`, [session.id]);
    const { body } = await session.api.post('/api/v1/revocations', preview);
    // Only the token that it was opened with, with which it would end.
    expect([body.tokens, body.ends_caller]).toEqual([1, true]);
  });

  it('is not counted where a cut-off would end it', async () => {
    const selector = { owner: session.body.person.email as string };
    const preview = { selector, reason: 'x', preview: true };
    const { body } = await session.api.post('/api/v1/revocations', preview);
    expect([body.tokens, body.ends_caller]).toEqual([1, true]);
  });

  it('is not counted in the report on hygiene', async () => {
    const { body } = await business.api.get('/api/v1/reports/hygiene', { owner_tokens_min: 1 });
    expect(body.owners_with_many.items).toMatchObject([{ active_tokens: 1 }]);
  });
});

describe('the cookie', () => {
  it('takes no API token', async () => {
    const business = await aBusiness();
    const token = await aToken(business);
    const api = new SessionApi(token.api.url, token.secret, business.id);
    expect((await api.get('/api/v1/tokens')).status).toBe(401);
    expect((await api.post('/api/v1/tokens', { name: 'x' })).status).toBe(401);
  });

  it('is ignored where there is an Authorization header, good or bad', async () => {
    const business = await aBusiness();
    const [one, other] = [await aMember(business, 'admin'), await aMember(business, 'developer')];
    const session = await aSession((await aToken(business, { member: one })).api);
    const token = await aToken(business, { member: other });
    const both = await session.api.call('GET', '/api/v1/tokens', {
      headers: { authorization: `Bearer ${token.secret}` },
    });
    expect(both.body.items.map(({ id }: { id: string }) => id)).toEqual([token.id]);
    const bad = await session.api.call('GET', '/api/v1/tokens', { headers: { authorization: 'Bearer x' } });
    expect(bad.status).toBe(401);
    const other2 = await session.api.call('GET', '/api/v1/tokens', {
      headers: { authorization: 'Basic eDp5' },
    });
    expect(other2.status).toBe(401);
  });

  it('is refused where it is given twice', async () => {
    const { api, secret } = await aSession((await aToken(await aBusiness())).api);
    const answer = await exchange(api.url, {
      method: 'GET',
      path: '/api/v1/sessions/current',
      headers: [['cookie', `__Host-rescind=${secret}; __Host-rescind=${secret}`]],
    });
    expect(answer.status).toBe(400);
  });

  it('is never taken over: signing in makes another session, and ends none', async () => {
    const business = await aBusiness();
    const [ada, bob] = [await aToken(business), await aToken(business)];
    const before = await aSession(ada.api);
    const answer = await bob.api.call('POST', '/api/v1/sessions', {
      body: {},
      headers: { 'sec-fetch-site': 'same-origin', cookie: `__Host-rescind=${before.secret}` },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers['set-cookie']?.[0]).not.toContain(before.secret);
    expect(answer.body.id).not.toBe(before.id);
    expect((await before.api.get('/api/v1/sessions/current')).body.id).toBe(before.id);
  });
});
