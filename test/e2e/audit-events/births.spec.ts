import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { anAccessToken, tokenAuthWorld } from '../infisical-config/token-auth.js';

interface Event {
  sequence: number;
  action: string;
  target: { id: string };
  details: Record<string, unknown>;
}

async function eventsOf({ api }: TestBusiness, query: Record<string, string>): Promise<Event[]> {
  const { body } = await api.get('/api/v1/audit/events', { order: 'oldest', ...query });
  return body.items as Event[];
}

describe('the birth of a token', () => {
  it('by a rotation is found by its own id, and names what it replaces', async () => {
    const business = await aBusiness();
    const token = await aToken(business, { name: 'deploys', scopes: ['jobs:read'] });
    const { body } = await business.api.post(`/api/v1/tokens/${token.id}/rotate`, { grace_seconds: 60 });
    const { id, expires_at } = body.token_info as { id: string; expires_at: string | null };
    const born = await eventsOf(business, { target_id: id });
    expect(born).toMatchObject([
      {
        action: 'token.issued',
        details: { name: 'deploys', scopes: ['jobs:read'], expires_at, replaces: token.id },
      },
    ]);
    expect(await eventsOf(business, { target_id: token.id })).toMatchObject([
      { action: 'token.issued', details: { replaces: null } },
      { action: 'token.rotated', details: { replaced_by: id } },
    ]);
  });

  it('stands in the log before the end of the token that rotated itself', async () => {
    const business = await aBusiness();
    const token = await aToken(business, { role: 'admin' });
    const { body } = await token.api.post(`/api/v1/tokens/${token.id}/rotate`, { grace_seconds: 0 });
    const events = await eventsOf(business, { token_id: token.id, action: 'token.*' });
    expect(events.map(({ action, target }) => [action, target.id])).toEqual([
      ['token.issued', token.id],
      ['token.issued', body.token_info.id],
      ['token.rotated', token.id],
    ]);
  });
});

it('a renewal says from which end to which', async () => {
  const world = await tokenAuthWorld({ accessTokenTTL: 3600, accessTokenMaxTTL: 7200 });
  const access = await anAccessToken(world);
  const endOf = async (): Promise<string> =>
    (await world.business.api.get(`/api/v1/tokens/${access.id}`)).body.expires_at as string;
  const before = await endOf();
  const renewed = await world.admin.as(null).post('/api/v1/auth/token/renew', { accessToken: access.secret });
  expect(renewed.status).toBe(200);
  const [event] = await eventsOf(world.business, { target_id: access.id, action: 'token.renewed' });
  expect(event?.details).toEqual({ expires_at_before: before, expires_at_after: await endOf() });
});
