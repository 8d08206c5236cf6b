import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  type TestBusiness,
  type TestMember,
  type TestToken,
} from '../../support/factories.js';

const LIST = '/api/v1/tokens';

describe('GET /api/v1/tokens shows', () => {
  let business: TestBusiness;
  let ada: TestMember;
  let tokens: Record<'ada' | 'bob' | 'admin' | 'auditor' | 'identity', TestToken>;

  beforeAll(async () => {
    business = await aBusiness();
    ada = await aMember(business);
    tokens = {
      ada: await aToken(business, { member: ada }),
      bob: await aToken(business),
      admin: await aToken(business, { role: 'admin' }),
      auditor: await aToken(business, { role: 'auditor' }),
      identity: await aToken(business, { identityId: (await anIdentity(business)).id }),
    };
  });

  const seenBy = async (who: keyof typeof tokens, query = {}): Promise<string[]> => {
    const { body } = await tokens[who].api.get(LIST, query);
    return (body.items as { id: string }[]).map(({ id }) => id);
  };

  it('everybody their own', async () => {
    for (const who of Object.keys(tokens) as (keyof typeof tokens)[])
      expect(await seenBy(who)).toEqual([tokens[who].id]);
  });

  it('administrators and auditors those of a member they name, or all', async () => {
    for (const who of ['admin', 'auditor'] as const) {
      expect(await seenBy(who, { owner_email: ada.email })).toEqual([tokens.ada.id]);
      expect(await seenBy(who, { owner_email: ada.email.toUpperCase() })).toEqual([tokens.ada.id]);
      expect(await seenBy(who, { owner_email: '*' })).toHaveLength(5);
    }
  });

  it('nobody else those of others', async () => {
    for (const who of ['bob', 'identity'] as const) {
      const { status } = await tokens[who].api.get(LIST, { owner_email: ada.email });
      expect(status).toBe(403);
    }
    expect(await seenBy('ada', { owner_email: ada.email })).toEqual([tokens.ada.id]);
  });
});
