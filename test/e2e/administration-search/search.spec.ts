import { randomUUID } from 'node:crypto';
import { aBusiness, aMember, aToken, platform } from '../../support/factories.js';

const BUSINESSES = '/api/v1/admin/businesses';
const MEMBERSHIPS = '/api/v1/admin/members';

describe('the platform finds', () => {
  it('businesses by a part of the name and by slug', async () => {
    const word = randomUUID().slice(0, 8);
    const [one, other] = [
      await aBusiness({ name: `Ab ${word} GmbH` }),
      await aBusiness({ name: `Cd ${word}` }),
    ];
    await aBusiness();
    const api = await platform();
    const ids = async (query: Record<string, string>) =>
      ((await api.get(BUSINESSES, query)).body.items as { id: string }[]).map(({ id }) => id);
    expect(await ids({ name: word.toUpperCase() })).toEqual([one.id, other.id]);
    expect(await ids({ name: `b ${word} g` })).toEqual([one.id]);
    expect(await ids({ name: '%' })).toEqual([]);
    const { body } = await api.get(`${BUSINESSES}/${one.id}`);
    expect(await ids({ slug: body.slug as string })).toEqual([one.id]);
    expect(await ids({ slug: body.slug as string, name: 'Cd' })).toEqual([]);
    const { body: first } = await api.get(BUSINESSES, { name: word, limit: 1 });
    expect(first).toMatchObject({ items: [{ id: one.id }], has_next: true });
    expect(await ids({ name: word, limit: '1', cursor: first.next_cursor as string })).toEqual([other.id]);
  });

  it('the memberships of a person, in whatever business, and none that has ended', async () => {
    const email = `ada-${randomUUID().slice(0, 8)}@example.com`;
    const businesses = [await aBusiness(), await aBusiness(), await aBusiness()];
    const members: { id: string; business_id: string }[] = [];
    for (const { api } of businesses)
      members.push((await api.post('/api/v1/members', { email, name: 'Ada', role: 'developer' })).body);
    await businesses[1]?.api.delete(`/api/v1/members/${members[1]?.id}`);
    const api = await platform();
    const { body } = await api.get(MEMBERSHIPS, { email: email.toUpperCase() });
    expect(body.items).toMatchObject([
      { business_id: businesses[0]?.id, email },
      { business_id: businesses[2]?.id, email },
    ]);
    expect((await api.get(MEMBERSHIPS, { email: 'nobody@example.com' })).body.items).toEqual([]);
    expect((await api.get(MEMBERSHIPS)).status).toBe(422);
    const owner = await aToken(businesses[0] as never, { role: 'owner' });
    expect((await owner.api.within(null).get(MEMBERSHIPS, { email })).status).toBe(403);
  });

  it('and a business its own member by e-mail', async () => {
    const business = await aBusiness();
    const [ada, bob] = [await aMember(business), await aMember(business)];
    const { body } = await business.api.get('/api/v1/members', { email: ada.email.toUpperCase() });
    expect(body.items).toMatchObject([{ id: ada.id }]);
    const path = `${BUSINESSES}/${business.id}/members`;
    expect((await (await platform()).get(path, { email: bob.email })).body.items).toMatchObject([
      { id: bob.id },
    ]);
    const other = await aBusiness();
    expect((await other.api.get('/api/v1/members', { email: ada.email })).body.items).toEqual([]);
  });
});
