import { exchange } from '../../support/exchange.js';
import { aBusiness, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { postForm, type FormCall } from '../../support/form.js';
import { sharedApp } from '../../support/shared-app.js';

const PATH = '/oauth/introspect';

describe('POST /oauth/introspect refuses', () => {
  let url: string;
  let business: TestBusiness;
  let verifier: string;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
    verifier = (await aToken(business, { role: 'admin' })).secret;
  });

  it('who presents nothing with 401 and a challenge without an error', async () => {
    const answer = await postForm(url, PATH, [['token', verifier]]);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="rescind"');
    expect(JSON.parse(answer.text)).toMatchObject({ error: 'invalid_client' });
  });

  it('a bearer that is not good with 401 invalid_token', async () => {
    const answer = await postForm(url, PATH, [['token', verifier]], { bearer: 'dz_wrong' });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="rescind", error="invalid_token"');
    expect(JSON.parse(answer.text)).toMatchObject({ error: 'invalid_token' });
  });

  it('an identity with a secret that is not its own with 401 invalid_client and the Basic challenge', async () => {
    const identity = await anIdentity(business);
    const answer = await postForm(url, PATH, [['token', 'x']], { basic: [identity.id, verifier] });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Basic /);
    expect(JSON.parse(answer.text)).toMatchObject({ error: 'invalid_client' });
  });

  it('a bearer without the scope with 403 insufficient_scope, and names the scope', async () => {
    const { secret } = await aToken(business, { scopes: ['jobs:read'] });
    const answer = await postForm(url, PATH, [['token', verifier]], { bearer: secret });
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toContain(
      'error="insufficient_scope", scope="rescind:tokens:verify"',
    );
    expect(JSON.parse(answer.text)).toMatchObject({ error: 'insufficient_scope' });
  });

  it('a business that is not the caller’s with 403, whether it exists or not', async () => {
    const { id } = await aBusiness();
    const answers = [];
    for (const named of [id, '0199c0de-0000-7000-8000-00000000dead']) {
      const call: FormCall = { bearer: verifier, headers: [['x-business-id', named]] };
      answers.push(await postForm(url, PATH, [['token', verifier]], call));
    }
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
    expect(answers[0]?.text).toBe(answers[1]?.text);
  });

  it.each([
    ['no token', ''],
    ['a repeated token', 'token=a&token=b'],
    ['credentials in the form beside the header', 'token=a&client_secret=b'],
  ])('%s with 400 invalid_request', async (_, form) => {
    const answer = await postForm(url, PATH, form, { bearer: verifier });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ error: 'invalid_request' });
  });

  it('two Authorization headers and a broken Basic header with 400 invalid_request', async () => {
    const twice = await postForm(url, PATH, [['token', 'x']], {
      bearer: verifier,
      headers: [['authorization', `Bearer ${verifier}`]],
    });
    expect(twice.status).toBe(400);
    for (const value of ['Basic', 'Basic ===', `Basic ${Buffer.from('no colon').toString('base64')}`]) {
      const headers: [string, string][] = [['authorization', value]];
      expect((await postForm(url, PATH, [['token', 'x']], { headers })).status).toBe(400);
    }
  });

  it('a question by GET, and does not read the secret from its address', async () => {
    const headers: [string, string][] = [['authorization', `Bearer ${verifier}`]];
    const answer = await exchange(url, { method: 'GET', path: `${PATH}?token=${verifier}`, headers });
    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain(verifier);
  });
});
