import { aBusiness, anIdentity, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { postForm } from '../../support/form.js';
import { sharedApp } from '../../support/shared-app.js';

const PATH = '/oauth/revoke';

describe('POST /oauth/revoke answers 200', () => {
  let url: string;
  let business: TestBusiness;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
  });

  const statusOf = async (token: TestToken): Promise<number> =>
    (await token.api.get('/api/v1/tokens')).status;

  it('to whoever holds the secret, and the token is refused from then on', async () => {
    const token = await aToken(business);
    expect(await statusOf(token)).toBe(200);
    const answer = await postForm(url, PATH, [['token', token.secret]]);
    expect(answer).toMatchObject({ status: 200, text: '{}' });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(await statusOf(token)).toBe(401);
  });

  it('in the same bytes for a token that is revoked, unknown, malformed or expired', async () => {
    const token = await aToken(business);
    const guesses = [token.secret, token.secret, `${token.secret.slice(0, -1)}_`, 'x', 'dz_nothing'];
    const answers = [];
    for (const guess of guesses) answers.push(await postForm(url, PATH, [['token', guess]]));
    const shown = answers.map(({ status, text, headers }) => ({ status, text, names: Object.keys(headers) }));
    expect(new Set(shown.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(shown[0]).toMatchObject({ status: 200, text: '{}' });
  });

  it('whatever the token_type_hint says', async () => {
    const token = await aToken(business);
    const answer = await postForm(url, PATH, [
      ['token', token.secret],
      ['token_type_hint', 'refresh_token_of_another_kind'],
    ]);
    expect(answer.status).toBe(200);
    expect(await statusOf(token)).toBe(401);
  });

  it('to an identity that proves itself by HTTP Basic', async () => {
    const identity = await anIdentity(business, 'admin');
    const client = await aToken(business, { identityId: identity.id });
    const token = await aToken(business);
    const answer = await postForm(url, PATH, [['token', token.secret]], {
      basic: [identity.id, client.secret],
    });
    expect(answer.status).toBe(200);
    expect(await statusOf(token)).toBe(401);
    expect(await statusOf(client)).toBe(200);
  });

  it('to an identity that sends its secret in the form, and the log names it', async () => {
    const identity = await anIdentity(business);
    const client = await aToken(business, { identityId: identity.id });
    const token = await aToken(business);
    const form: [string, string][] = [
      ['token', token.secret],
      ['client_id', identity.id],
      ['client_secret', client.secret],
    ];
    expect((await postForm(url, PATH, form)).status).toBe(200);
    expect(await statusOf(token)).toBe(401);
    expect(await statusOf(client)).toBe(200);
    const { body: info } = await business.api.get(`/api/v1/tokens/${token.id}`);
    expect(info).toMatchObject({ status: 'revoked', revoked_by: identity.name });
  });

  it('to a bearer, whose name the log then holds', async () => {
    const caller = await aToken(business, { role: 'admin' });
    const token = await aToken(business);
    expect((await postForm(url, PATH, [['token', token.secret]], { bearer: caller.secret })).status).toBe(
      200,
    );
    const info = (await business.api.get(`/api/v1/tokens/${token.id}`)).body;
    const owner = (await business.api.get(`/api/v1/tokens/${caller.id}`)).body.owner;
    expect(info.revoked_by).toBe(owner.email);
  });

  it('to a bearer of another business, who holds the secret all the same', async () => {
    const stranger = await aToken(await aBusiness());
    const token = await aToken(business);
    const answer = await postForm(url, PATH, [['token', token.secret]], { bearer: stranger.secret });
    expect(answer).toMatchObject({ status: 200, text: '{}' });
    expect(await statusOf(token)).toBe(401);
    const info = (await business.api.get(`/api/v1/tokens/${token.id}`)).body;
    expect(info.revoked_by).toMatch(/@example\.com$/);
  });

  it('and lets pages of any origin ask', async () => {
    const headers: [string, string][] = [['origin', 'https://app.example.com']];
    const answer = await postForm(url, PATH, [['token', 'x']], { headers });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    const refused = await postForm(url, PATH, '', { headers });
    expect(refused.status).toBe(400);
    expect(refused.headers['access-control-allow-origin']).toBe('*');
  });
});
