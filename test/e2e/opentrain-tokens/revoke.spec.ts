import { randomUUID } from 'node:crypto';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';

const TOKENS = '/api/public/v1/tokens';
const ME = '/api/public/v1/auth/me';

describe('The tokens of an OpenTrain account', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  it('are revoked with 200; again with the first time of revocation; and refused from then on', async () => {
    const member = await aMember(business);
    const caller = (await aToken(business, { member })).api.within(null);
    const { body: created } = await caller.post(TOKENS);
    const path = `${TOKENS}/${created.metadata.id}`;
    const first = await caller.delete(path);
    expect([first.status, first.body.token.status]).toEqual([200, 'revoked']);
    const again = await caller.delete(path);
    expect([again.status, again.body.token.revokedAt]).toEqual([200, first.body.token.revokedAt]);
    expect((await caller.as(created.token as string).get(ME)).status).toBe(401);
    const { body: list } = await caller.get(TOKENS);
    expect(list.tokens.map(({ status }: { status: string }) => status)).toEqual(['revoked', 'active']);
  });

  it('may be revoked by themselves, with any scope or none', async () => {
    const token = await aToken(business, { scopes: [] });
    const caller = token.api.within(null);
    expect((await caller.delete(`${TOKENS}/${token.id}`)).status).toBe(200);
    const refused = await caller.get(TOKENS);
    expect([refused.status, refused.body.code]).toEqual([401, 'UNAUTHORIZED']);
  });

  it('of others look like tokens that do not exist, also to owners, administrators and the platform', async () => {
    const other = await aToken(business);
    const foreign = await aToken(await aBusiness());
    const developer = (await aToken(business)).api.within(null);
    const { api } = await aToken(business, { role: 'admin' });
    const { body: issued } = await api.within(null).post(TOKENS, { scopes: ['jobs:read'] });
    const narrow = api.as(issued.token as string).within(null);
    const owner = (await aToken(business, { role: 'owner' })).api.within(null);
    for (const caller of [developer, narrow, api.within(null), owner, business.api]) {
      for (const id of [other.id, foreign.id, randomUUID(), 'no-id']) {
        const { status, body } = await caller.delete(`${TOKENS}/${id}`);
        expect([status, body]).toEqual([
          404,
          {
            error: 'Resource not found',
            code: 'NOT_FOUND',
            requestId: expect.any(String) as string,
            details: { tokenId: id },
          },
        ]);
      }
    }
    expect((await other.api.get('/api/v1/tokens')).status).toBe(200);
  });

  it('of the platform in a business are those without an owner there', async () => {
    await aToken(business);
    const { body: created } = await business.api.post(TOKENS);
    const { body: list } = await business.api.get(TOKENS);
    expect(list.tokens.map(({ id }: { id: string }) => id)).toEqual([created.metadata.id]);
    expect((await business.api.delete(`${TOKENS}/${created.metadata.id}`)).status).toBe(200);
  });

  it('never appear in an error, when a secret stands where an id belongs', async () => {
    const token = await aToken(business);
    const { status, body } = await token.api.within(null).delete(`${TOKENS}/${token.secret}`);
    expect(status).toBe(404);
    expect(JSON.stringify(body)).not.toContain(token.secret.slice(0, 32));
  });

  it('tell who owns them: a member, an identity, or the platform', async () => {
    const member = await aMember(business, 'admin');
    const token = await aToken(business, { member, scopes: ['jobs:read'], name: 'laptop' });
    expect((await token.api.within(null).get(ME)).body).toEqual({
      actor: {
        userId: member.id,
        email: member.email,
        firstName: 'The',
        lastName: 'admin',
        fullName: 'The admin',
        userType: 'user',
      },
      token: { id: token.id, label: 'laptop', scopes: ['jobs:read'], ownerOrganizationId: business.id },
      account: {
        kind: 'organization',
        organizationId: business.id,
        ownerUserId: member.id,
        memberRole: 'admin',
      },
    });
    const identity = await anIdentity(business);
    const machine = await aToken(business, { identityId: identity.id });
    expect((await machine.api.within(null).get(ME)).body.actor).toMatchObject({
      userId: identity.id,
      email: null,
      userType: 'identity',
    });
    const platform = await business.api.within(null).get(ME);
    expect(platform.body).toMatchObject({
      actor: { userType: 'platform' },
      account: { kind: 'platform', organizationId: null },
    });
    expect((await business.api.as(null).get(ME)).status).toBe(401);
  });
});
