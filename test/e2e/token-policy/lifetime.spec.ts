import {
  aBusiness,
  anIdentity,
  aToken,
  platform,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { changeToken } from '../../support/token-mac.js';
import { waitFor } from '../../support/wait-for.js';

const DAY_MS = 86_400_000;
const TOKEN_AUTH = '/api/v1/auth/token-auth';

/** From the issue of a token to its end, in days. */
function lifetimeOf({ created_at, expires_at }: Record<string, unknown>): number | null {
  if (expires_at === null) return null;
  return (Date.parse(expires_at as string) - Date.parse(created_at as string)) / DAY_MS;
}

describe('The policy of a business for the life of its tokens', () => {
  let business: TestBusiness;
  let admin: TestToken;
  const policy = async (changes: object, of = business): Promise<void> => {
    const { status } = await (await platform()).patch(`/api/v1/admin/businesses/${of.id}`, changes);
    expect(status).toBe(200);
  };
  const infoOf = async (id: string): Promise<Record<string, unknown>> =>
    (await business.api.get(`/api/v1/tokens/${id}`)).body;

  beforeEach(async () => {
    business = await aBusiness();
    admin = await aToken(business, { role: 'admin', expiresInDays: null });
    await policy({ token_lifetime_days_max: 30 });
  });

  describe('in the native API', () => {
    const issue = (more: object) =>
      admin.api.post('/api/v1/tokens', { name: 'x', scopes: ['orders:read'], ...more });

    it.each([31, null])('refuses a life of %j days that is named, and says where', async (days) => {
      const { status, body } = await issue({ expires_in_days: days });
      expect(status).toBe(422);
      expect(JSON.stringify(body)).toContain('expires_in_days');
      expect(JSON.stringify(body)).toContain('at most 30 days');
    });

    it('issues for the longest that it allows, to the day, and shortens what nobody named', async () => {
      const named = await issue({ expires_in_days: 30 });
      expect(named.status).toBe(201);
      expect(lifetimeOf(named.body.token_info as never)).toBeLessThanOrEqual(30);
      const unnamed = await issue({});
      expect(lifetimeOf(unnamed.body.token_info as never)).toBe(30);
    });

    it('holds for the platform as well', async () => {
      const { status } = await business.api.post('/api/v1/tokens', { name: 'x', expires_in_days: 365 });
      expect(status).toBe(422);
    });

    it('shortens the successor of a token that was issued before it', async () => {
      const { status, body } = await business.api.post(`/api/v1/tokens/${admin.id}/rotate`, {});
      expect(status).toBe(201);
      expect(lifetimeOf(body.token_info as never)).toBe(30);
      expect((body.replaced as Record<string, unknown>).expires_at).toBeNull();
    });

    it('shortens the token that replaces one whose answer was lost', async () => {
      await policy({ token_lifetime_days_max: null });
      const headers = { 'idempotency-key': 'lost' };
      const input = { name: 'x', scopes: ['orders:read'], expires_in_days: null };
      const first = await admin.api.call('POST', '/api/v1/tokens', { body: input, headers });
      expect(first.status).toBe(201);
      await policy({ token_lifetime_days_max: 30 });
      // While the first answer may still be on its way, the call is refused.
      const again = await waitFor('the repeated call', async () => {
        const answer = await admin.api.call('POST', '/api/v1/tokens', { body: input, headers });
        return answer.status === 409 ? null : answer;
      });
      expect(again.status).toBe(201);
      expect(lifetimeOf(again.body.token_info as never)).toBe(30);
    });

    it('leaves tokens that there are as they are', async () => {
      expect((await infoOf(admin.id)).expires_at).toBeNull();
      expect((await admin.api.get('/api/v1/tokens')).status).toBe(200);
    });
  });

  it('with an end demanded and no longest life, gives a year where none is named, and refuses none', async () => {
    await policy({ token_lifetime_days_max: null, token_expiry_required: true });
    const never = await admin.api.post('/api/v1/tokens', { name: 'x', expires_in_days: null });
    expect([never.status, JSON.stringify(never.body).includes('without an expiry')]).toEqual([422, true]);
    const { body } = await admin.api.within(null).post('/platform/v1/tokens', { business_id: business.id });
    expect((body.data as Record<string, unknown>).expires_in).toBe(365 * 86_400);
    const rotated = await business.api.post(`/api/v1/tokens/${admin.id}/rotate`, {});
    expect(lifetimeOf(rotated.body.token_info as never)).toBe(365);
  });

  describe('in OpenTrain’s dialect', () => {
    const create = (body?: object) => admin.api.within(null).post('/api/public/v1/tokens', body);

    it('refuses an end that is too late as the original refuses input', async () => {
      const { status, body } = await create({ expiresAt: new Date(Date.now() + 31 * DAY_MS).toISOString() });
      expect([status, body.code]).toEqual([400, 'BAD_REQUEST']);
      expect(body.details).toMatchObject({
        issues: [{ path: ['expiresAt'], message: expect.stringContaining('30 days') as string }],
      });
    });

    it.each([[undefined], [{ expiresAt: null }]])(
      'shortens %j, and the answer tells the end',
      async (input) => {
        const { status, body } = await create(input);
        expect(status).toBe(201);
        const { createdAt, expiresAt } = body.metadata as { createdAt: string; expiresAt: string };
        expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(30 * DAY_MS);
      },
    );

    it('takes the longest life by a clock that runs ahead a little for the longest life', async () => {
      const { status, body } = await create({
        expiresAt: new Date(Date.now() + 30 * DAY_MS + 20_000).toISOString(),
      });
      const { createdAt, expiresAt } = body.metadata as { createdAt: string; expiresAt: string };
      expect([status, Date.parse(expiresAt) - Date.parse(createdAt)]).toEqual([201, 30 * DAY_MS]);
    });
  });

  describe('in Infisical’s Token Auth', () => {
    const aTokenUnder = async (terms: object): Promise<Record<string, unknown>> => {
      const { id } = await anIdentity(business);
      const api = admin.api.within(null);
      expect((await api.post(`${TOKEN_AUTH}/identities/${id}`, terms)).status).toBe(200);
      const { status, body } = await api.post(`${TOKEN_AUTH}/identities/${id}/tokens`, {});
      expect(status).toBe(200);
      return body;
    };

    it.each([
      [{ accessTokenTTL: 0, accessTokenMaxTTL: 0 }],
      [{ accessTokenTTL: 90 * 86_400, accessTokenMaxTTL: 90 * 86_400 }],
    ])('shortens tokens under the terms %j, and the answer tells TTL and maximum', async (terms) => {
      const body = await aTokenUnder(terms);
      expect([body.expiresIn, body.accessTokenMaxTTL]).toEqual([30 * 86_400, 30 * 86_400]);
    });

    const renew = (accessToken: unknown) =>
      admin.api.within(null).post(`${TOKEN_AUTH.replace('/token-auth', '/token')}/renew`, { accessToken });

    it('renews no token past the longest life of then, counted from its issue', async () => {
      await policy({ token_lifetime_days_max: null });
      const body = await aTokenUnder({ accessTokenTTL: 20 * 86_400, accessTokenMaxTTL: 0 });
      const { id } = body.tokenData as { id: string };
      const { superuserUrl } = await sharedApp();
      await changeToken(
        superuserUrl,
        id,
        `created_at = now() - interval '240 hours', expires_at = now() + interval '240 hours'`,
      );
      await policy({ token_lifetime_days_max: 25 });
      const renewed = await renew(body.accessToken);
      expect(renewed.status).toBe(200);
      expect(renewed.body.expiresIn).toBeGreaterThan(15 * 86_400 - 60);
      expect(renewed.body.expiresIn).toBeLessThanOrEqual(15 * 86_400);
      await policy({ token_lifetime_days_max: 12 });
      expect((await renew(body.accessToken)).status).toBe(401);
      expect((await infoOf(id)).status).toBe('active');
    });

    it('ends no token by a renewal whose life is over under the policy', async () => {
      await policy({ token_lifetime_days_max: null });
      const body = await aTokenUnder({ accessTokenTTL: 0, accessTokenMaxTTL: 0 });
      const { id } = body.tokenData as { id: string };
      const { superuserUrl } = await sharedApp();
      await changeToken(superuserUrl, id, `created_at = now() - interval '2400 hours'`);
      await policy({ token_lifetime_days_max: 30 });
      expect((await renew(body.accessToken)).status).toBe(401);
      expect(await infoOf(id)).toMatchObject({ status: 'active', expires_at: null });
    });
  });

  it('in vcita’s dialect shortens, for nobody can name an end, and the answer tells the seconds', async () => {
    const app = await anIdentity(business);
    const { status, body } = await admin.api.within(null).post('/platform/v1/tokens', { app_id: app.id });
    expect([status, (body.data as Record<string, unknown>).expires_in]).toEqual([201, 30 * 86_400]);
  });

  it('is of one business alone, and not of the platform’s own tokens', async () => {
    const other = await aBusiness();
    const { id } = await aToken(other, { expiresInDays: null });
    expect((await other.api.get(`/api/v1/tokens/${id}`)).body.expires_at).toBeNull();
    const { status, body } = await (await platform()).post('/api/v1/admin/tokens', { name: 'x' });
    expect(status).toBe(201);
    expect(lifetimeOf(body.token_info as never)).toBeGreaterThan(30);
  });

  it('holds for what is asked for at the same time as it is set, from its answer on', async () => {
    await policy({ token_lifetime_days_max: null });
    const asking = Array.from({ length: 20 }, () =>
      admin.api.post('/api/v1/tokens', { name: 'x', scopes: ['orders:read'] }),
    );
    await policy({ token_lifetime_days_max: 7 });
    const later = await admin.api.post('/api/v1/tokens', { name: 'x', scopes: ['orders:read'] });
    expect(lifetimeOf(later.body.token_info as never)).toBe(7);
    for (const { body } of await Promise.all(asking))
      expect([365, 7]).toContain(Math.round(lifetimeOf(body.token_info as never) as number));
  });
});
