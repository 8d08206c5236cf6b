import { randomUUID } from 'node:crypto';
import type { Api } from '../../support/api.js';
import { sql } from '../../support/databases.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  platform,
  type TestBusiness,
} from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const TOKENS = '/platform/v1/tokens';

describe('vcita clients', () => {
  let business: TestBusiness;
  let admin: Api;
  let directory: Api;
  beforeAll(async () => {
    business = await aBusiness();
    admin = (await aToken(business, { role: 'admin', expiresInDays: null })).api.within(null);
    directory = await platform();
  });
  const onBehalfOf = (id: string) => ({ headers: { 'x-on-behalf-of': id } });

  it('create a token for an app, with a secret of 64 hexadecimal characters, and find it in the list by its id', async () => {
    const app = await anIdentity(business);
    const { status, body } = await admin.post(TOKENS, { app_id: app.id });
    expect([status, body]).toEqual([
      201,
      {
        status: 'OK',
        data: {
          token: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          token_id: expect.any(String) as string,
          expires_in: null,
          scopes: expect.any(Array) as string[],
        },
      },
    ]);
    const secret = body.data.token as string;
    const list = await admin.get(TOKENS, { app_id: app.id });
    expect([list.status, list.body]).toEqual([
      201,
      {
        status: 'OK',
        data: {
          tokens: [
            {
              token: body.data.token_id as string,
              token_id: body.data.token_id as string,
              preview: `${secret.slice(0, 4)}********${secret.slice(-4)}`,
              app_id: app.id,
              user_id: null,
              business_id: business.id,
              created_at: expect.any(String) as string,
              scopes: body.data.scopes as string[],
            },
          ],
        },
      },
    ]);
    expect((await admin.as(secret).get(TOKENS)).status).toBe(201);
  });

  it('learn when a token ends that was created with one that does', async () => {
    const ending = (await aToken(business, { role: 'admin', expiresInDays: 1 })).api.within(null);
    const { status, body } = await ending.post(TOKENS, { app_id: (await anIdentity(business)).id });
    expect(status).toBe(201);
    expect(body.data.expires_in).toBeGreaterThan(86_000);
    expect(body.data.expires_in).toBeLessThanOrEqual(86_400);
  });

  it('create a token for a user, for a business, and for a directory', async () => {
    const user = await aMember(business);
    const forUser = await admin.post(TOKENS, { user_id: user.id });
    expect(forUser.status).toBe(201);
    const [listed] = (await admin.get(TOKENS, { user_id: user.id })).body.data.tokens;
    expect(listed).toMatchObject({ token_id: forUser.body.data.token_id, user_id: user.id });
    expect((await admin.post(TOKENS, { business_id: business.id.toUpperCase() })).status).toBe(201);
    expect((await directory.post(TOKENS, { business_id: business.id })).status).toBe(201);
    const created = await directory.post(TOKENS, { directory_id: 12 });
    expect(created.status).toBe(201);
    const another = directory.as(created.body.data.token as string);
    expect((await another.call('GET', TOKENS, onBehalfOf(business.id))).status).toBe(201);
    await another.post(`${TOKENS}/revoke`, { token: created.body.data.token });
    expect((await another.get(TOKENS)).status).toBe(401);
  });

  it('act on behalf of a business as its directory only, and of none that is not there', async () => {
    const app = await anIdentity(business);
    const body = { app_id: app.id };
    expect((await directory.call('POST', TOKENS, { body, ...onBehalfOf(business.id) })).status).toBe(201);
    expect((await admin.call('POST', TOKENS, { body, ...onBehalfOf(business.id) })).status).toBe(201);
    const foreign = await aBusiness();
    for (const id of [foreign.id, randomUUID()]) {
      const { status, body: answer } = await admin.call('POST', TOKENS, { body, ...onBehalfOf(id) });
      expect([status, answer.status]).toEqual([403, 'Error']);
    }
    expect((await directory.call('GET', TOKENS, onBehalfOf(randomUUID()))).status).toBe(403);
    expect((await directory.call('GET', TOKENS, onBehalfOf('nobody'))).status).toBe(400);
  });

  it('are refused without an owner (400), with an unknown one (404), and as somebody else (403)', async () => {
    for (const body of [undefined, {}, { app_id: '' }, { app_id: null, unknown: 1 }]) {
      const { status, body: answer } = await admin.post(TOKENS, body);
      expect([status, answer.status, answer.error === answer.message]).toEqual([400, 'Error', true]);
    }
    const foreign = await aBusiness();
    const [app, user] = [await anIdentity(foreign), await aMember(foreign)];
    for (const body of [
      { app_id: app.id },
      { app_id: randomUUID() },
      { app_id: 'no-id' },
      { user_id: user.id },
      { user_id: 7 },
      { business_id: foreign.id },
      { business_id: randomUUID() },
      { app_id: (await anIdentity(business)).id, user_id: user.id },
    ]) {
      const answer = await admin.post(TOKENS, body);
      expect([answer.status, answer.body]).toEqual([
        404,
        { status: 'Error', error: 'Resource not found', message: 'Resource not found' },
      ]);
    }
    const developer = (await aToken(business)).api.within(null);
    const others = await anIdentity(business);
    expect((await developer.post(TOKENS, { app_id: others.id })).status).toBe(403);
    expect((await admin.post(TOKENS, { directory_id: 'd1' })).status).toBe(403);
    for (const body of [{ app_id: ['x'] }, { app_id: {} }, { app_id: 'x'.repeat(256) }, []])
      expect((await admin.post(TOKENS, body)).status).toBe(422);
    expect((await admin.as(null).post(TOKENS, { app_id: others.id })).status).toBe(401);
  });

  it('see what their role lets them see: an administrator anybody’s, a developer their own', async () => {
    const other = await aToken(business);
    const member = await aMember(business);
    const own = await aToken(business, { member });
    const idsFor = async (caller: Api, query?: Record<string, string>): Promise<string[]> =>
      (await caller.get(TOKENS, query)).body.data.tokens.map(
        ({ token_id }: { token_id: string }) => token_id,
      );
    const developer = own.api.within(null);
    expect(await idsFor(developer)).toEqual([own.id]);
    expect(await idsFor(developer, { app_id: (await anIdentity(business)).id })).toEqual([]);
    expect(await idsFor(admin, { user_id: member.id })).toEqual([own.id]);
    expect(await idsFor(admin, { user_id: 'nobody' })).toEqual([]);
    expect(await idsFor(admin)).not.toContain(other.id);
    expect(await idsFor(directory.within(business.id))).toEqual(expect.arrayContaining([own.id, other.id]));
  });

  it('get their own tokens from a list without a filter; a user goes before an app, and that before a directory', async () => {
    const [member, app] = [await aMember(business, 'admin'), await anIdentity(business)];
    const own = await aToken(business, { member });
    const apps = await aToken(business, { identityId: app.id });
    const idsFor = async (query?: Record<string, string>): Promise<string[]> =>
      (await own.api.within(null).get(TOKENS, query)).body.data.tokens.map(
        ({ token }: { token: string }) => token,
      );
    expect(await idsFor()).toEqual([own.id]);
    expect(await idsFor({ app_id: app.id, user_id: member.id, directory_id: 'd1' })).toEqual([own.id]);
    expect(await idsFor({ app_id: app.id, directory_id: 'd1' })).toEqual([apps.id]);
    expect(await idsFor({ directory_id: 'd1' })).not.toContain(apps.id);
  });

  it('find an active token behind a thousand newer ones that have expired', async () => {
    const app = await anIdentity(business);
    const token = await aToken(business, { identityId: app.id });
    await sql(
      (await sharedApp()).superuserUrl,
      `INSERT INTO tokens (id, jti, digest, pepper_id, business_id, owner_kind, identity_id, name, token_prefix, scopes,
         dialect, created_at, updated_at, expires_at)
       SELECT gen_random_uuid(), left(md5(jti || n), 22), digest, pepper_id, business_id, owner_kind, identity_id, name,
         token_prefix, scopes, dialect, created_at + n * interval '1 us', now(), created_at + interval '2 ms'
       FROM tokens, generate_series(1, 1100) AS n WHERE id = $1`,
      [token.id],
    );
    const { body } = await admin.get(TOKENS, { app_id: app.id });
    expect(body.data.tokens.map((each: { token: string }) => each.token)).toEqual([token.id]);
  });
});
