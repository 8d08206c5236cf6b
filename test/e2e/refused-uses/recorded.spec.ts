import { exchange } from '../../support/exchange.js';
import { expire } from '../../support/expire.js';
import { aBusiness, aToken, platform, type TestBusiness, type TestToken } from '../../support/factories.js';
import { postForm } from '../../support/form.js';
import { sharedApp } from '../../support/shared-app.js';
import { waitFor } from '../../support/wait-for.js';

interface Refused {
  actor: object;
  target: { id: string };
  ip: string | null;
  outcome: string;
  details: { failure: string; use: string; count: number; first_at: string; last_at: string };
}

async function refusedOf({ api }: TestBusiness): Promise<Refused[]> {
  const { body } = await api.get('/api/v1/audit/events', {
    action: 'token.use_refused',
    order: 'oldest',
    limit: 100,
  });
  return body.items as Refused[];
}

const recorded = (business: TestBusiness, count: number): Promise<Refused[]> =>
  waitFor('the uses to be recorded', async () => {
    const events = await refusedOf(business);
    return events.reduce((sum, { details }) => sum + details.count, 0) >= count ? events : null;
  });

const gateway = async ({ secret }: TestToken, query = ''): Promise<number> => {
  const { url } = await sharedApp();
  const path = `/gateway/authorize${query}`;
  return (await exchange(url, { method: 'GET', path, headers: [['authorization', `Bearer ${secret}`]] }))
    .status;
};

describe('a use of a token that is refused is recorded in the log of its own business', () => {
  let business: TestBusiness;
  let token: TestToken;

  beforeEach(async () => {
    business = await aBusiness();
    token = await aToken(business, { role: 'admin' });
  });

  const revoke = () => business.api.post(`/api/v1/tokens/${token.id}/revoke`);

  it('of a revoked one, whoever asks, in a way that nobody acts with it', async () => {
    const { url } = await sharedApp();
    // Remembered as good, so that the fast ways would answer.
    expect(await gateway(token)).toBe(200);
    await revoke();
    expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
    expect((await business.api.post('/api/v1/tokens/verify', { token: token.secret })).body.active).toBe(
      false,
    );
    const introspect = await postForm(url, '/oauth/introspect', [['token', token.secret]], {
      bearer: business.api.secret as string,
    });
    expect(introspect.text).toBe('{"active":false}');
    expect(await gateway(token)).toBe(401);
    const events = await recorded(business, 4);
    expect(events.map(({ details }) => details.use).sort()).toEqual([
      'call',
      'gateway',
      'introspect',
      'verify',
    ]);
    for (const event of events)
      expect(event).toMatchObject({
        actor: { kind: 'anonymous', id: null, email: null, token_id: null },
        target: { kind: 'token', id: token.id },
        outcome: 'denied',
        details: { failure: 'revoked', count: 1 },
      });
    expect(events.find(({ details }) => details.use === 'call')?.ip).toBe('127.0.0.1');
    expect(events.find(({ details }) => details.use === 'verify')?.ip).toBeNull();
  });

  it('of an expired one', async () => {
    await expire(token.id);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
    expect(await recorded(business, 1)).toMatchObject([{ details: { failure: 'expired', use: 'call' } }]);
  });

  it('at a gateway with its real cause, of a good one as well', async () => {
    const other = await aBusiness();
    expect(await gateway(token, '?scope=rescind:platform:admin')).toBe(403);
    expect(await gateway(token, `?business=${other.id}`)).toBe(403);
    const events = await recorded(business, 2);
    expect(events.map(({ details }) => [details.use, details.failure]).sort()).toEqual([
      ['gateway', 'business.forbidden'],
      ['gateway', 'permission.denied'],
    ]);
    expect(await refusedOf(other)).toEqual([]);
  });

  it('not when another business asks, which is told that there is no such token', async () => {
    const other = await aBusiness();
    await revoke();
    const { body } = await other.api.post('/api/v1/tokens/verify', { token: token.secret });
    expect(body).toEqual({ active: false, reason: 'unknown' });
    expect((await business.api.post('/api/v1/tokens/verify', { token: token.secret })).body.reason).toBe(
      'revoked',
    );
    expect(await recorded(business, 1)).toMatchObject([{ details: { use: 'verify', count: 1 } }]);
    expect(await refusedOf(other)).toEqual([]);
  });

  it('of one of the platform in the platform’s', async () => {
    const api = await platform();
    const { body } = await api.post('/api/v1/admin/tokens', { name: 'to be refused' });
    await api.post(`/api/v1/admin/tokens/${body.token_info.id}/revoke`);
    expect((await api.as(body.token as string).get('/api/v1/admin/businesses')).status).toBe(401);
    await waitFor('the use to be recorded', async () => {
      const found = await api.get('/api/v1/admin/audit/events', {
        business_id: 'platform',
        action: 'token.use_refused',
        target_id: body.token_info.id as string,
      });
      return found.body.items.length === 1 && found.body.items[0].details.failure === 'revoked';
    });
  });
});
