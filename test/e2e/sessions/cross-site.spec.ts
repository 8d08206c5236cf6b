import { exchange, type Answer } from '../../support/exchange.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { aSession, type SessionApi } from '../../support/session.js';

describe('a page of another origin', () => {
  let business: TestBusiness;
  let api: SessionApi;
  beforeEach(async () => {
    business = await aBusiness();
    ({ api } = await aSession((await aToken(business, { role: 'owner' })).api));
  });

  const names = async () =>
    ((await business.api.get('/api/v1/tokens')).body.items as { name: string }[]).map(({ name }) => name);

  it.each([
    ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a page of another port of this host', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' }],
    ['whoever typed the address', { 'sec-fetch-site': 'none' }],
    ['an old browser, for another origin', { origin: 'https://evil.example' }],
    ['an old browser, for a page without an origin', { origin: 'null' }],
    ['no browser', {}],
  ])('changes nothing by the cookie: %s', async (_who, site) => {
    const answer = await api.from(site as Record<string, string>).post('/api/v1/tokens', { name: 'theirs' });
    expect(answer.status).toBe(403);
    expect(answer.body.code).toBe('session.cross_site');
    expect(await names()).not.toContain('theirs');
    const end = await api.from(site as Record<string, string>).post('/api/v1/sessions/current/end', {});
    expect(end.status).toBe(403);
    expect((await api.get('/api/v1/sessions/current')).status).toBe(200);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'changes nothing by a form of type %s',
    async (type) => {
      const form = (path: string, site: string): Promise<Answer> =>
        exchange(api.url, {
          method: 'POST',
          path,
          headers: [
            ['cookie', `__Host-rescind=${api.sessionSecret}`],
            ['content-type', type],
            ['sec-fetch-site', site],
            ['x-business-id', business.id],
          ],
          body: '{"name": "theirs"}',
        });
      for (const site of ['cross-site', 'same-site']) {
        // Whether it is the form that is not taken, or where it comes from.
        expect([403, 415]).toContain((await form('/api/v1/tokens', site)).status);
        expect([403, 415]).toContain((await form('/api/v1/sessions/current/end', site)).status);
      }
      expect(await names()).not.toContain('theirs');
      expect((await api.get('/api/v1/sessions/current')).status).toBe(200);
    },
  );

  it('changes nothing by a form without a body', async () => {
    for (const site of ['cross-site', 'same-site']) {
      const answer = await exchange(api.url, {
        method: 'POST',
        path: '/api/v1/sessions/current/end',
        headers: [
          ['cookie', `__Host-rescind=${api.sessionSecret}`],
          ['sec-fetch-site', site],
        ],
      });
      expect(answer.status).toBe(403);
    }
    expect((await api.get('/api/v1/sessions/current')).status).toBe(200);
  });

  it('does not sign its visitor in as somebody else', async () => {
    const token = await aToken(business);
    for (const site of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, {}]) {
      const answer = await token.api.call('POST', '/api/v1/sessions', {
        body: {},
        headers: site as Record<string, string>,
      });
      expect([answer.status, answer.headers['set-cookie']]).toEqual([403, undefined]);
    }
  });

  it('is not told that it may read what it asks for with the cookie', async () => {
    const asked = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    const answer = await api.from(asked).get('/api/v1/tokens');
    const allowed = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'));
    expect(allowed).toEqual([]);
    const preflight = await exchange(api.url, {
      method: 'OPTIONS',
      path: '/api/v1/tokens',
      headers: [
        ['origin', 'https://evil.example'],
        ['access-control-request-method', 'POST'],
      ],
    });
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('may embed nothing that is answered to the session, found or not', async () => {
    const paths = ['/api/v1/sessions/current', '/api/v1/sessions', '/api/v1/tokens/x', '/api/v1/nothing'];
    const asked = { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'script' };
    for (const secret of [api.sessionSecret, 'dzs_none'])
      for (const path of paths) {
        const headers: [string, string][] = [
          ...Object.entries(asked),
          ['cookie', `__Host-rescind=${secret}`],
        ];
        const answer = await exchange(api.url, { method: 'GET', path, headers });
        expect(answer.headers).toMatchObject({
          'cross-origin-resource-policy': 'same-origin',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
        });
      }
  });

  it('is told apart from our own where a browser says only the origin', async () => {
    const own = api.from({ origin: new URL(api.url).origin });
    expect((await own.post('/api/v1/tokens', { name: 'ours' })).status).toBe(201);
  });
});
