import { aBusiness, aMember, aToken, anIdentity, platform } from '../../support/factories.js';
import { aSession, SessionApi } from '../../support/session.js';

describe('signing in with a token', () => {
  it('opens a session that says who is signed in, with its secret in a cookie and nowhere else', async () => {
    const business = await aBusiness();
    const member = await aMember(business, 'admin');
    const token = await aToken(business, { member });
    const answer = await token.api.call('POST', '/api/v1/sessions', {
      body: {},
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    expect(answer.status).toBe(201);
    const [cookie] = answer.headers['set-cookie'] as string[];
    expect(cookie).toMatch(
      /^__Host-rescind=dzs_[0-9A-Za-z_]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Expires=\w{3}, /,
    );
    const secret = /=([^;]+);/.exec(cookie as string)?.[1] as string;
    expect(answer.text).not.toContain(secret);
    expect(answer.text).not.toContain(secret.split('_')[2]);
    expect(answer.body).toMatchObject({
      person: { kind: 'user', id: member.id, name: 'The admin', email: member.email },
      role: 'admin',
      business: { id: business.id },
      signed_in_with: 'token',
      current: true,
    });
    const api = new SessionApi(token.api.url, secret, business.id);
    const current = await api.get('/api/v1/sessions/current');
    expect(current.status).toBe(200);
    expect(current.body).toMatchObject({ id: answer.body.id, current: true, role: 'admin' });
  });

  it('lets the person act in the business by its cookie alone', async () => {
    const business = await aBusiness();
    const { api } = await aSession((await aToken(business, { role: 'admin' })).api);
    expect((await api.get('/api/v1/tokens')).status).toBe(200);
    const issued = await api.post('/api/v1/tokens', { name: 'deploy' });
    expect(issued.status).toBe(201);
    expect((await api.post(`/api/v1/tokens/${issued.body.token_info.id}/revoke`, {})).status).toBe(201);
  });

  it('sends as large a body as whoever has a token', async () => {
    const { api } = await aSession((await aToken(await aBusiness(), { role: 'admin' })).api);
    const text = 'nothing to be found '.repeat(1000);
    expect((await api.post('/api/v1/tokens/find', { text })).status).toBe(200);
  });

  it('lets the platform act everywhere by its cookie alone', async () => {
    const { api, body } = await aSession(await platform());
    expect(body).toMatchObject({ person: { kind: 'platform', id: null }, role: 'platform', business: null });
    const business = await api.post('/api/v1/admin/businesses', { name: 'By cookie' });
    expect(business.status).toBe(201);
    expect((await api.within(business.body.id as string).get('/api/v1/tokens')).status).toBe(200);
  });

  it('works for a machine identity', async () => {
    const business = await aBusiness();
    const identity = await anIdentity(business, 'admin');
    const { body } = await aSession((await aToken(business, { identityId: identity.id })).api);
    expect(body).toMatchObject({ person: { kind: 'identity', id: identity.id, name: identity.name } });
  });

  it('gives no more than the token has, and no more than the role allows at that moment', async () => {
    const business = await aBusiness();
    const member = await aMember(business, 'admin');
    const { api } = await aSession(
      (await aToken(business, { member, scopes: ['rescind:tokens:read', 'rescind:members:read'] })).api,
    );
    expect((await api.post('/api/v1/tokens', { name: 'more' })).status).toBe(403);
    expect((await api.get('/api/v1/members')).status).toBe(200);
    await business.api.patch(`/api/v1/members/${member.id}`, { role: 'developer' });
    expect((await api.get('/api/v1/members')).status).toBe(403);
    expect((await api.get('/api/v1/sessions/current')).body).toMatchObject({
      role: 'developer',
      scopes: ['rescind:tokens:read'],
    });
  });

  it('ends the session for everybody once they sign out', async () => {
    const business = await aBusiness();
    const { api } = await aSession((await aToken(business)).api);
    const answer = await api.post('/api/v1/sessions/current/end', {});
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ended: true, provider_logout_url: null });
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^__Host-rescind=; .*Expires=Thu, 01 Jan 1970/);
    expect((await api.get('/api/v1/sessions/current')).status).toBe(401);
  });
});
