import { expire } from '../../support/expire.js';
import { aBusiness, anIdentity, aToken, platform, type TestBusiness } from '../../support/factories.js';
import { postForm, type FormCall } from '../../support/form.js';
import { sharedApp } from '../../support/shared-app.js';
import { platformSecret } from '../../support/test-run.js';

const INACTIVE = '{"active":false}';

describe('POST /oauth/introspect answers 200', () => {
  let url: string;
  let business: TestBusiness;
  let verifier: string;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
    verifier = (await aToken(business, { role: 'admin' })).secret;
  });

  const introspect = (token: string, call: FormCall = { bearer: verifier }) =>
    postForm(url, '/oauth/introspect', [['token', token]], call);

  it('with what is known of a member’s token', async () => {
    const token = await aToken(business, { scopes: ['jobs:read', 'jobs:run'], expiresInDays: 3 });
    const info = (await business.api.get(`/api/v1/tokens/${token.id}`)).body;
    const answer = await introspect(token.secret);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(JSON.parse(answer.text)).toEqual({
      active: true,
      scope: 'jobs:read jobs:run',
      username: info.owner.email,
      token_type: 'Bearer',
      exp: Math.floor(Date.parse(info.expires_at) / 1000),
      iat: Math.floor(Date.parse(info.created_at) / 1000),
      sub: info.owner.id,
      aud: business.id,
      iss: url,
      jti: token.jti,
    });
  });

  it('with the identity as the client, and no end for a token that never expires', async () => {
    const identity = await anIdentity(business);
    const token = await aToken(business, { identityId: identity.id, expiresInDays: null });
    const body = JSON.parse((await introspect(token.secret)).text) as Record<string, unknown>;
    expect(body).toMatchObject({ active: true, client_id: identity.id, sub: identity.id });
    expect(body).not.toHaveProperty('exp');
    expect(body).not.toHaveProperty('username');
  });

  it('with {"active":false} and nothing else for revoked, expired, unknown and foreign ones', async () => {
    const revoked = await aToken(business);
    await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`, {});
    const expired = await aToken(business);
    await expire(expired.id);
    const foreign = await aToken(await aBusiness());
    for (const secret of [
      revoked.secret,
      expired.secret,
      foreign.secret,
      platformSecret(),
      'dz_x',
      'ü',
      ' ',
    ]) {
      expect(await introspect(secret)).toMatchObject({ status: 200, text: INACTIVE });
    }
  });

  it('from the moment a revocation was answered with false, also where it was remembered as good', async () => {
    const token = await aToken(business);
    for (let round = 0; round < 3; round++)
      expect(JSON.parse((await introspect(token.secret)).text)).toMatchObject({ active: true });
    await postForm(url, '/oauth/revoke', [['token', token.secret]]);
    expect((await introspect(token.secret)).text).toBe(INACTIVE);
  });

  it('to an identity that sends its id and a secret in the form, as many clients do', async () => {
    const identity = await anIdentity(business, 'admin');
    const client = await aToken(business, { identityId: identity.id });
    const token = await aToken(business, { scopes: ['jobs:read'] });
    const form: [string, string][] = [
      ['token', token.secret],
      ['client_id', identity.id],
      ['client_secret', client.secret],
    ];
    const answer = await postForm(url, '/oauth/introspect', form);
    expect(JSON.parse(answer.text)).toMatchObject({ active: true, jti: token.jti });
  });

  it('to an identity that proves itself by HTTP Basic', async () => {
    const identity = await anIdentity(business, 'admin');
    const client = await aToken(business, { identityId: identity.id });
    const token = await aToken(business);
    const answer = await introspect(token.secret, { basic: [identity.id, client.secret] });
    expect(JSON.parse(answer.text)).toMatchObject({ active: true });
  });

  it('to the platform for every business, or for the one it names', async () => {
    const token = await aToken(business);
    const { id: otherId } = await aBusiness();
    const bearer = (await platform()).secret as string;
    const named = (id: string): FormCall => ({ bearer, headers: [['x-business-id', id]] });
    expect(JSON.parse((await introspect(token.secret, { bearer })).text)).toMatchObject({ active: true });
    expect(JSON.parse((await introspect(token.secret, named(business.id))).text)).toMatchObject({
      active: true,
    });
    expect((await introspect(token.secret, named(otherId))).text).toBe(INACTIVE);
  });

  it('for a token in the grace of its rotation, with the end of the grace as its own', async () => {
    const token = await aToken(business);
    await business.api.post(`/api/v1/tokens/${token.id}/rotate`, { grace_seconds: 3600 });
    const body = JSON.parse((await introspect(token.secret)).text) as { active: boolean; exp: number };
    expect(body.active).toBe(true);
    expect(body.exp - Date.now() / 1000).toBeLessThan(3700);
  });
});
