import type { Api } from '../../support/api.js';
import { aBusiness, aToken, platform, type TestBusiness } from '../../support/factories.js';

const POLICY = {
  token_lifetime_days_max: 90,
  token_expiry_required: true,
  token_unused_days_max: 60,
  token_unused_notice_days: 14,
  token_rotation_days: 30,
};
const NONE = {
  token_lifetime_days_max: null,
  token_expiry_required: false,
  token_unused_days_max: null,
  token_unused_notice_days: 7,
  token_rotation_days: null,
};

describe('PATCH /api/v1/admin/businesses/{id}: the policy for the life of tokens', () => {
  let business: TestBusiness;
  let root: Api;
  beforeAll(async () => {
    root = await platform();
    business = await aBusiness();
  });
  const change = (changes: object) => root.patch(`/api/v1/admin/businesses/${business.id}`, changes);

  it('is none at first, is changed word by word, and taken back by null', async () => {
    expect((await root.get(`/api/v1/admin/businesses/${business.id}`)).body).toMatchObject(NONE);
    expect((await change(POLICY)).body).toMatchObject(POLICY);
    expect((await change({ token_rotation_days: null })).body).toMatchObject({
      ...POLICY,
      token_rotation_days: null,
    });
    const { api } = await aToken(business, { role: 'admin' });
    expect((await api.within(null).get('/api/v1/businesses')).body.items).toMatchObject([
      { id: business.id, token_lifetime_days_max: 90 },
    ]);
    expect((await change(NONE)).body).toMatchObject(NONE);
  });

  it('is recorded with before and after', async () => {
    await change(NONE);
    await change(POLICY);
    const { body } = await business.api.get('/api/v1/audit/events', { action: 'business.changed' });
    const [event] = body.items as { details: Record<string, unknown> }[];
    for (const [name, value] of Object.entries(POLICY))
      expect(event?.details).toMatchObject({
        [`${name}_before`]: NONE[name as keyof typeof NONE],
        [`${name}_after`]: value,
      });
  });

  it.each([
    ['no days', { token_lifetime_days_max: 0 }],
    ['half days', { token_rotation_days: 1.5 }],
    ['days as a text', { token_rotation_days: '30' }],
    ['a word for a boolean', { token_expiry_required: 'yes' }],
    ['no boolean', { token_expiry_required: null }],
    ['more than ten years', { token_unused_days_max: 3651 }],
    ['a warning before the beginning', { token_unused_days_max: 14, token_unused_notice_days: 14 }],
    ['a time shorter than the warning that is set', { token_unused_days_max: 5 }],
  ])('refuses %s with 422, and changes nothing', async (_, changes) => {
    await change(NONE);
    expect((await change(changes)).status).toBe(422);
    expect((await root.get(`/api/v1/admin/businesses/${business.id}`)).body).toMatchObject(NONE);
  });

  it('is not for the business itself', async () => {
    const { api } = await aToken(business, { role: 'owner' });
    const path = `/api/v1/admin/businesses/${business.id}`;
    expect((await api.within(null).patch(path, { token_lifetime_days_max: 1 })).status).toBe(403);
  });
});
