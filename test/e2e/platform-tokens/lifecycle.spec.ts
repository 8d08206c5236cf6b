import { randomUUID } from 'node:crypto';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken, platform } from '../../support/factories.js';

describe('platform tokens', () => {
  it('act in any business they name, and are refused everywhere once revoked', async () => {
    const api = await platform();
    const { body } = await api.post('/api/v1/admin/tokens', { name: 'provisioning', expires_in_days: 1 });
    const second = api.as(body.token);
    const business = await aBusiness();
    expect((await second.within(business.id).get('/api/v1/members')).status).toBe(200);
    const { status, body: revoked } = await api.post(`/api/v1/admin/tokens/${body.token_info.id}/revoke`, {
      reason: 'rotated',
    });
    expect([status, revoked.data.revoked_by]).toEqual([201, 'platform']);
    expect((await second.get('/api/v1/admin/businesses')).status).toBe(401);
  });

  it('expire after 90 days unless they are made for longer or for ever; the first one does not', async () => {
    const api = await platform();
    const daysOf = async (asked: object): Promise<number | null> => {
      const { body } = await api.post('/api/v1/admin/tokens', { name: 'n', ...asked });
      const { created_at, expires_at } = body.token_info;
      return expires_at === null
        ? null
        : Math.round((Date.parse(expires_at) - Date.parse(created_at)) / 86_400_000);
    };
    expect(await daysOf({})).toBe(90);
    expect(await daysOf({ expires_in_days: 365 })).toBe(365);
    expect(await daysOf({ expires_in_days: null })).toBe(null);
    const never = await api.post('/api/v1/admin/tokens', { name: 'n', expires_in_days: 0 });
    expect(never.status).toBe(422);
    const { body } = await api.get('/api/v1/admin/tokens');
    expect(body.items.at(-1)).toMatchObject({ name: 'bootstrap', expires_at: null });
  });

  it('may do everything, or verify and nothing else, as the log says of each', async () => {
    const api = await platform();
    const issue = (more: object) => api.post('/api/v1/admin/tokens', { name: 'n', ...more });
    const [everything, verdicts] = [['rescind:platform:admin'], ['rescind:tokens:verify']];
    for (const [asked, scopes] of [
      [{}, everything],
      [{ scopes: null }, everything],
      [{ scopes: everything }, everything],
      [{ scopes: verdicts }, verdicts],
    ] as const) {
      const { body } = await issue(asked);
      expect(body.token_info.scopes).toEqual(scopes);
      const { body: logged } = await api.get('/api/v1/admin/audit/events', {
        business_id: 'platform',
        action: 'platform.token_issued',
        target_id: body.token_info.id as string,
      });
      expect(logged.items).toMatchObject([{ details: { scopes } }]);
    }
    for (const scopes of [
      [],
      ['orders:read'],
      ['rescind:audit:read'],
      ['rescind:business:admin'],
      [...verdicts, ...verdicts],
      'rescind:tokens:verify',
    ])
      expect([scopes, (await issue({ scopes })).status]).toEqual([scopes, 422]);
  });

  it('that only verify end themselves, and name nobody who would have done it', async () => {
    const api = await platform();
    const { body } = await api.post('/api/v1/admin/tokens', {
      name: 'n',
      scopes: ['rescind:tokens:verify'],
    });
    const secret = body.token as string;
    const { status } = await exchange(api.url, {
      method: 'POST',
      path: '/oauth/revoke',
      headers: [
        ['authorization', `Bearer ${secret}`],
        ['content-type', 'application/x-www-form-urlencoded'],
        ['x-user-email', 'eve@example.com'],
      ],
      body: `token=${secret}`,
    });
    expect(status).toBe(200);
    const { body: list } = await api.get('/api/v1/admin/tokens');
    const { id } = body.token_info as { id: string };
    expect((list.items as { id: string }[]).find((token) => token.id === id)).toMatchObject({
      status: 'revoked',
      revoked_by: 'platform',
    });
  });

  it('are found under the platform only, and tokens of a business never', async () => {
    const business = await aBusiness();
    const token = await aToken(business);
    const api = await platform();
    const nobodys = await api.post(`/api/v1/admin/tokens/${randomUUID()}/revoke`);
    const businesses = await api.post(`/api/v1/admin/tokens/${token.id}/revoke`);
    expect(businesses.status).toBe(404);
    expect(businesses.body).toEqual({ ...nobodys.body, request_id: businesses.body.request_id });
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });
});

describe('businesses', () => {
  it('have a slug of their own, made from the name when none is given', async () => {
    const api = await platform();
    const slug = `acme-${randomUUID().slice(0, 8)}`;
    expect((await api.post('/api/v1/admin/businesses', { name: 'Acme', slug })).body.slug).toBe(slug);
    const again = await api.post('/api/v1/admin/businesses', { name: 'Acme', slug });
    expect([again.status, again.body.code]).toEqual([409, 'business.slug_taken']);
    for (const name of ['Äcme & Söhne', '株式会社', '---', 'x'.repeat(255)]) {
      const { status, body } = await api.post('/api/v1/admin/businesses', { name });
      expect(status).toBe(201);
      expect(body.slug).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
    }
  });

  it('are suspended and resumed as often as asked, with one event for each change', async () => {
    const business = await aBusiness();
    const switchTo = async (what: string) =>
      (await business.api.post(`/api/v1/admin/businesses/${business.id}/${what}`)).body.status as string;
    expect([await switchTo('suspend'), await switchTo('suspend'), await switchTo('resume')]).toEqual([
      'suspended',
      'suspended',
      'active',
    ]);
    const { body } = await business.api.get('/api/v1/audit/events', { action: 'business.suspended' });
    expect(body.items).toHaveLength(1);
  });

  it('are not found under an id that is nobody’s', async () => {
    const api = await platform();
    const path = `/api/v1/admin/businesses/${randomUUID()}`;
    for (const call of [
      api.get(path),
      api.patch(path, { name: 'x' }),
      api.post(`${path}/suspend`),
      api.post(`${path}/resume`),
      api.get(`${path}/members`),
    ])
      expect((await call).status).toBe(404);
  });
});
