import { aBusiness, aMember, aToken, type TestBusiness } from '../../support/factories.js';
import { readBackwards, readForwards } from '../../support/pages.js';

describe('members', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  it('are added once by their e-mail, in whatever case', async () => {
    const input = { email: 'Grace@Example.com', name: 'Grace', role: 'developer' };
    const { status, body } = await business.api.post('/api/v1/members', input);
    expect([status, body.email]).toEqual([201, 'grace@example.com']);
    const again = await business.api.post('/api/v1/members', { ...input, email: 'GRACE@example.com' });
    expect([again.status, again.body.code]).toEqual([409, 'member.exists']);
  });

  it('are gone once removed, and removing them again finds nobody', async () => {
    const member = await aMember(business);
    expect((await business.api.delete(`/api/v1/members/${member.id}`)).status).toBe(200);
    for (const call of [
      business.api.get(`/api/v1/members/${member.id}`),
      business.api.delete(`/api/v1/members/${member.id}`),
      business.api.patch(`/api/v1/members/${member.id}`, { name: 'x' }),
      business.api.post('/api/v1/tokens', { name: 'n', owner_email: member.email }),
    ])
      expect((await call).status).toBe(404);
  });

  it('are made owners, and owners are changed, by owners only', async () => {
    const own = await aBusiness();
    const owner = await aMember(own, 'owner');
    const admin = await aToken(own, { role: 'admin' });
    const developer = await aMember(own);
    for (const call of [
      admin.api.post('/api/v1/members', { email: 'x@example.com', name: 'X', role: 'owner' }),
      admin.api.patch(`/api/v1/members/${developer.id}`, { role: 'owner' }),
      admin.api.patch(`/api/v1/members/${owner.id}`, { role: 'developer' }),
      admin.api.delete(`/api/v1/members/${owner.id}`),
    ])
      expect((await call).status).toBe(403);
    const asOwner = await aToken(own, { member: owner });
    expect((await asOwner.api.patch(`/api/v1/members/${developer.id}`, { role: 'owner' })).status).toBe(200);
  });

  it('always include an owner, once there is one', async () => {
    const own = await aBusiness();
    const owner = await aMember(own, 'owner');
    for (const call of [
      own.api.delete(`/api/v1/members/${owner.id}`),
      own.api.patch(`/api/v1/members/${owner.id}`, { role: 'admin' }),
    ]) {
      const { status, body } = await call;
      expect([status, body.code]).toEqual([409, 'member.last_owner']);
    }
  });

  it.each(['/api/v1/members', '/api/v1/identities'])(
    'and all of GET %s are shown once, forwards and backwards alike, while others are added',
    async (path) => {
      const own = await aBusiness();
      for (let index = 0; index < 9; index++) {
        await aMember(own);
        await own.api.post('/api/v1/identities', { name: `i${index}` });
      }
      let added = 0;
      const between = async (): Promise<void> => {
        if (added++ < 3) await aMember(own);
      };
      const limit = 4;
      const { items, last } = await readForwards(own.api, path, { limit }, between);
      const back = await readBackwards(own.api, path, { limit }, last, between);
      expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
      expect(items.length).toBeGreaterThanOrEqual(9);
      expect(back.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    },
  );
});
