import { SESSION_COOKIE } from '../../../src/common/session-secret.js';
import type { AnyBody, ApiAnswer } from '../../support/api.js';
import { aMember, aToken, type TestBusiness } from '../../support/factories.js';
import { startProvider, type RealProvider } from '../../support/oidc/real-provider.js';
import { aSignInHouse, signIn, type SignInHouse } from '../../support/oidc/sign-in-house.js';
import { aSession, SessionApi } from '../../support/session.js';

const TOKENS = '/api/v1/tokens';

describe('a developer who has signed in at a provider', () => {
  let provider: RealProvider;
  let house: SignInHouse;
  let business: TestBusiness;
  let developer: SessionApi;
  beforeAll(async () => {
    house = await aSignInHouse(
      async ([one], origin) => {
        provider = await startProvider(origin);
        const { issuer, clientId, clientSecret } = provider;
        const client = { issuer, client_id: clientId, client_secret: clientSecret, create_members: true };
        const roles = [{ group: 'staff', business_id: one?.id, role: 'developer' }];
        return [{ id: 'corp', name: 'Corp SSO', ...client, roles }];
      },
      { count: 1 },
    );
    business = house.businesses[0] as TestBusiness;
    const person = { email: 'ada@example.com', email_verified: true, name: 'Ada', groups: ['staff'] };
    await provider.signsIn('ada', person);
    const { browser } = await signIn(house);
    developer = new SessionApi(house.origin, browser.cookies.get(SESSION_COOKIE) as string, business.id);
  }, 120_000);
  afterAll(async () => {
    await house?.leave();
    await provider?.stop();
  });

  const allow = async (...scopes: string[]): Promise<void> => {
    const { status, body } = await business.api.put('/api/v1/scopes/developers', { scopes });
    expect([status, body]).toEqual([200, { scopes }]);
  };
  const issue = (scopes: string[], api: Pick<SessionApi, 'post'> = developer): Promise<ApiAnswer<AnyBody>> =>
    api.post(TOKENS, { name: 'n', scopes });
  const grantable = async (): Promise<string[]> => {
    const { body } = await developer.get<{ product: { scope: string; grantable: boolean }[] }>(
      '/api/v1/scopes',
    );
    return body.product.filter((each) => each.grantable).map(({ scope }) => scope);
  };

  it('gives no scope of the product until the business says so, and then those alone, without signing in again', async () => {
    expect((await issue(['orders:read'])).body.code).toBe('permission.scope_not_grantable');
    await allow('orders:read', 'stock:write');
    expect(await grantable()).toEqual(['orders:read', 'stock:write']);
    const { status, body } = await issue(['orders:read', 'stock:read', 'rescind:tokens:read']);
    expect([status, body.token_info?.scopes]).toEqual([
      201,
      ['orders:read', 'stock:read', 'rescind:tokens:read'],
    ]);
    for (const scope of ['orders:write', 'jobs:run', 'rescind:members:read'])
      expect((await issue([scope])).body.code).toBe('permission.scope_not_grantable');
  });

  it('gives none that nobody has named', async () => {
    await allow('orders:read');
    const { body } = await developer.post(TOKENS, { name: 'n' });
    expect(body.token_info.scopes).toEqual([]);
  });

  it('gives no more as soon as it is taken back; what there is keeps its scopes, and is not replaced', async () => {
    await allow('orders:read');
    const { body } = await issue(['orders:read']);
    const { id } = body.token_info as { id: string };
    const rotated = await developer.post(`${TOKENS}/${id}/rotate`, {});
    expect([rotated.status, rotated.body.token_info?.scopes]).toEqual([201, ['orders:read']]);
    await allow();
    expect((await issue(['orders:read'])).status).toBe(403);
    const successor = rotated.body.token_info.id as string;
    expect((await developer.post(`${TOKENS}/${successor}/rotate`, {})).status).toBe(403);
    const verdict = await business.api.post(`${TOKENS}/verify`, { token: rotated.body.token });
    expect(verdict.body).toMatchObject({ active: true, scopes: ['orders:read'] });
    expect((await developer.post(`${TOKENS}/${successor}/revoke`)).status).toBe(201);
  });

  it('hands nothing on through a token: that gives its own scopes and no others, nor does a session of it', async () => {
    await allow('orders:read', 'stock:read');
    const { body } = await issue(['orders:read', 'rescind:tokens:write']);
    const token = business.api.as(body.token as string);
    const session = await aSession(token);
    for (const api of [token, session.api]) {
      expect((await issue(['orders:read'], api)).status).toBe(201);
      expect((await issue(['stock:read'], api)).body.code).toBe('permission.scope_not_grantable');
    }
    const plain = await aToken(business, { member: await aMember(business) });
    expect((await issue(['orders:read'], plain.api)).status).toBe(403);
  });

  it('has it from an administrator, with both lists in the log, and of the product alone', async () => {
    await allow('orders:read');
    await allow('orders:read', 'stock:read');
    const [last] = await house.events(business, 'developer_scopes.changed');
    expect(last).toMatchObject({
      target: { kind: 'business', id: business.id },
      details: { scopes_before: ['orders:read'], scopes_after: ['orders:read', 'stock:read'] },
    });
    const set = '/api/v1/scopes/developers';
    expect((await developer.put(set, { scopes: ['jobs:run'] })).status).toBe(403);
    for (const scope of ['rescind:members:read', 'rescind:none', 'two words', '']) {
      const { status, body } = await business.api.put(set, { scopes: ['orders:read', scope] });
      expect([status, body.detail]).toMatchObject([422, [{ loc: ['body', 'scopes', 1] }]]);
    }
  });
});
