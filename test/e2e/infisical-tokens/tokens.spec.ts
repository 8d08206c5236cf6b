import { randomUUID } from 'node:crypto';
import { aBusiness, aToken } from '../../support/factories.js';
import { anAccessToken, TOKEN_AUTH, tokenAuthWorld, verdictOn } from '../infisical-config/token-auth.js';

describe('The tokens of an identity with Token Auth', () => {
  it('are created with their terms, and say them again whenever they are read', async () => {
    const world = await tokenAuthWorld({
      accessTokenTTL: 60,
      accessTokenMaxTTL: 90,
      accessTokenNumUsesLimit: 3,
    });
    const { admin, config, identityId } = world;
    const { status, body } = await admin.post(`${config}/tokens`, { name: 'ci' });
    expect(status).toBe(200);
    expect(body).toEqual({
      accessToken: expect.any(String) as string,
      expiresIn: 60,
      accessTokenMaxTTL: 90,
      tokenType: 'Bearer',
      tokenData: {
        id: expect.any(String) as string,
        identityId,
        name: 'ci',
        createdAt: expect.any(String) as string,
        updatedAt: expect.any(String) as string,
        authMethod: 'token-auth',
        accessTokenTTL: 60,
        accessTokenMaxTTL: 90,
        accessTokenNumUses: 0,
        accessTokenNumUsesLimit: 3,
        accessTokenLastUsedAt: null,
        accessTokenLastRenewedAt: null,
        isAccessTokenRevoked: false,
        identityUAClientSecretId: null,
        accessTokenPeriod: 0,
        subOrganizationId: null,
      },
    });
    const { id } = body.tokenData;
    for (const path of [`${TOKEN_AUTH}/tokens/${id}`, `${config}/tokens/${id}`])
      expect((await admin.get(path)).body).toEqual({ token: body.tokenData });
    expect((await admin.get(`${config}/tokens`)).body).toEqual({ tokens: [body.tokenData] });
  });

  it('are listed last changed first, revoked ones included, within offset and limit', async () => {
    const world = await tokenAuthWorld({});
    const { admin, config } = world;
    const [first, second, third] = [
      await anAccessToken(world),
      await anAccessToken(world),
      await anAccessToken(world),
    ];
    await admin.patch(`${TOKEN_AUTH}/tokens/${first.id}`, { name: 'renamed' });
    await admin.post(`${TOKEN_AUTH}/tokens/${second.id}/revoke`);
    const ids = async (query?: Record<string, number>) =>
      (await admin.get(`${config}/tokens`, query)).body.tokens.map(({ id }: { id: string }) => id);
    expect(await ids()).toEqual([second.id, first.id, third.id]);
    expect(await ids({ offset: 1, limit: 1 })).toEqual([first.id]);
    expect(await ids({ offset: 100, limit: 100 })).toEqual([]);
    const { body } = await admin.get(`${config}/tokens`);
    expect(body.tokens[0].isAccessTokenRevoked).toBe(true);
    expect(body.tokens[1].name).toBe('renamed');
  });

  it.each<Record<string, string | number>>([
    { offset: 101 },
    { offset: -1 },
    { limit: 0 },
    { limit: 101 },
    { limit: 'ten' },
  ])('are not listed for %j, which is a 422 with an array', async (query) => {
    const { admin, config } = await tokenAuthWorld({});
    const { status, body } = await admin.get(`${config}/tokens`, query);
    expect([status, body.error, Array.isArray(body.message)]).toEqual([422, 'ValidationFailure', true]);
  });

  it('are revoked once with 200; after that, and for whatever is not there, the answer is one 404', async () => {
    const world = await tokenAuthWorld({});
    const { admin } = world;
    const token = await anAccessToken(world);
    const foreign = await aToken(await aBusiness());
    expect(await verdictOn(world, token.secret)).toMatchObject({ active: true });
    const first = await admin.post(`${TOKEN_AUTH}/tokens/${token.id}/revoke`, { ignored: true });
    expect([first.status, first.body]).toEqual([200, { message: expect.any(String) as string }]);
    expect(await verdictOn(world, token.secret)).toEqual({ active: false, reason: 'revoked' });
    for (const id of [token.id, foreign.id, randomUUID()]) {
      const { status, body } = await admin.post(`${TOKEN_AUTH}/tokens/${id}/revoke`);
      expect([status, { ...body, reqId: '' }]).toEqual([
        404,
        { reqId: '', statusCode: 404, message: 'Resource not found', error: 'NotFound' },
      ]);
    }
  });

  it('are revoked by exactly one of many calls at once', async () => {
    const world = await tokenAuthWorld({});
    const { id } = await anAccessToken(world);
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => world.admin.post(`${TOKEN_AUTH}/tokens/${id}/revoke`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(11).fill(404)]);
  });

  it('may revoke themselves; managing others takes the scope', async () => {
    const world = await tokenAuthWorld({});
    const narrow = (await aToken(world.business, { role: 'admin', scopes: ['jobs:read'] })).api.within(null);
    const { id, api } = await anAccessToken(world);
    const denied = await narrow.post(`${TOKEN_AUTH}/tokens/${id}/revoke`);
    expect([denied.status, denied.body.error, denied.body.details]).toEqual([
      403,
      'PermissionDenied',
      [{ scope: 'rescind:tokens:write' }],
    ]);
    expect((await api.post(`${TOKEN_AUTH}/tokens/${id}/revoke`)).status).toBe(200);
    const refused = await api.get('/api/v1/identities/details');
    expect([refused.status, refused.body.error]).toEqual([401, 'UnauthorizedError']);
  });

  it('say which organization they belong to', async () => {
    const world = await tokenAuthWorld({});
    const { api } = await anAccessToken(world);
    const { body } = await api.get('/api/v1/identities/details');
    expect(body.identityDetails.organization.id).toBe(world.business.id);
    const garbage = await api.as('garbage').get('/api/v1/identities/details');
    expect([garbage.status, garbage.body.error]).toEqual([403, 'TokenError']);
    const none = await api.as(null).get('/api/v1/identities/details');
    expect([none.status, none.body.error]).toEqual([401, 'UnauthorizedError']);
  });

  it('with ten uses are good for exactly ten of a hundred verifications at once', async () => {
    const world = await tokenAuthWorld({ accessTokenNumUsesLimit: 10 });
    const { id, secret, api } = await anAccessToken(world);
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => verdictOn(world, secret)));
    expect(verdicts.filter(({ active }) => active)).toHaveLength(10);
    expect(verdicts.filter(({ reason }) => reason === 'exhausted')).toHaveLength(90);
    expect((await api.get('/api/v1/identities/details')).status).toBe(401);
    const { body } = await world.admin.get(`${TOKEN_AUTH}/tokens/${id}`);
    expect(body.token.accessTokenNumUses).toBe(10);
  });
});
