import { aBusiness, anIdentity, type TestBusiness } from '../../support/factories.js';
import { tokenAuthWorld } from '../infisical-config/token-auth.js';

async function detailsOf({ api }: TestBusiness, action: string): Promise<unknown[]> {
  const { body } = await api.get('/api/v1/audit/events', { action });
  return (body.items as { details: unknown }[]).map(({ details }) => details);
}

describe('an event of a change says from what to what', () => {
  it('of an identity whose description alone was changed', async () => {
    const business = await aBusiness();
    const { id, name } = await anIdentity(business);
    await business.api.patch(`/api/v1/identities/${id}`, { description: 'deploys the shop' });
    expect(await detailsOf(business, 'identity.changed')).toEqual([
      {
        name_before: name,
        name_after: name,
        description_before: null,
        description_after: 'deploys the shop',
        role_before: 'developer',
        role_after: 'developer',
      },
    ]);
  });

  it('of the settings of Token Auth', async () => {
    const { admin, business, config } = await tokenAuthWorld({ accessTokenTTL: 60, accessTokenMaxTTL: 600 });
    expect((await admin.patch(config, { accessTokenTTL: 120 })).status).toBe(200);
    expect(await detailsOf(business, 'identity.token_auth_changed')).toMatchObject([
      {
        ttl_seconds_before: 60,
        ttl_seconds_after: 120,
        max_ttl_seconds_before: 600,
        max_ttl_seconds_after: 600,
      },
    ]);
  });
});
