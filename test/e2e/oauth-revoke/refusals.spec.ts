import { freshDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { postForm } from '../../support/form.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { sharedApp } from '../../support/shared-app.js';

const PATH = '/oauth/revoke';
const BASIC_CHALLENGE = 'Basic realm="rescind", charset="UTF-8"';

describe('POST /oauth/revoke refuses', () => {
  let url: string;
  let business: TestBusiness;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
  });

  it.each([
    ['no token', ''],
    ['an empty token', 'token='],
    ['a repeated token', 'token=a&token=b'],
    ['a repeated hint', 'token=a&token_type_hint=b&token_type_hint=c'],
  ])('%s with 400 invalid_request', async (_, form) => {
    const answer = await postForm(url, PATH, form);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toEqual({
      error: 'invalid_request',
      error_description: expect.any(String) as string,
    });
  });

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x'])(
    'a body of type %s as invalid_request',
    async (type) => {
      const { secret } = await aToken(business);
      const headers: [string, string][] = [['content-type', type]];
      const body = JSON.stringify({ token: secret });
      const answer = await exchange(url, { method: 'POST', path: PATH, headers, body });
      expect(answer.status).toBe(415);
      expect(JSON.parse(answer.text)).toMatchObject({ error: 'invalid_request' });
    },
  );

  it('a secret in the address, and does not use it', async () => {
    const token = await aToken(business);
    const answer = await postForm(url, `${PATH}?token=${token.secret}`, [['token', token.secret]]);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain(token.secret);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });

  it.each(['client_secret', 'access_token', 'client_assertion'])(
    'a header together with %s in the form with 400 invalid_request',
    async (name) => {
      const caller = await aToken(business);
      const form: [string, string][] = [
        ['token', 'x'],
        [name, caller.secret],
      ];
      const answer = await postForm(url, PATH, form, { bearer: caller.secret });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text)).toMatchObject({ error: 'invalid_request' });
    },
  );

  it('nothing for parameters without a value, as pages with an empty field send them', async () => {
    const caller = await aToken(business);
    const empty = 'token_type_hint=&client_id=&client_secret=&access_token=&client_assertion=';
    const answer = await postForm(url, PATH, `token=x&${empty}`, { bearer: caller.secret });
    expect(answer.status).toBe(200);
  });

  it.each(['access_token', 'client_assertion'])(
    '%s in the form alone with 401 invalid_client, and says what is taken',
    async (name) => {
      const client = await aToken(business);
      const answer = await postForm(url, PATH, [
        ['token', 'x'],
        [name, client.secret],
      ]);
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.text)).toEqual({
        error: 'invalid_client',
        error_description: 'Present a bearer token, or client_id and client_secret.',
      });
    },
  );

  it('a client_secret with another’s client_id, and one without any', async () => {
    const token = await aToken(business);
    const [identity, other] = [await anIdentity(business), await anIdentity(business)];
    const { secret } = await aToken(business, { identityId: identity.id });
    const posted = (credentials: [string, string][]) =>
      postForm(url, PATH, [['token', token.secret], ['client_secret', secret], ...credentials]);
    const foreign = await posted([['client_id', other.id]]);
    expect(foreign.status).toBe(401);
    expect(foreign.headers['www-authenticate']).toBe(BASIC_CHALLENGE);
    expect((await posted([])).status).toBe(400);
    expect((await posted([['client_id', identity.id], ['access_token', secret]])).status).toBe(400); // prettier-ignore
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });

  it('a bad client with 401 invalid_client and the challenge of the scheme it used', async () => {
    const token = await aToken(business);
    const other = await anIdentity(business);
    const bearer = await postForm(url, PATH, [['token', token.secret]], { bearer: 'dz_wrong' });
    expect(bearer.status).toBe(401);
    expect(bearer.headers['www-authenticate']).toContain('error="invalid_token"');
    expect(JSON.parse(bearer.text)).toMatchObject({ error: 'invalid_client' });
    for (const basic of [
      [other.id, 'wrong'],
      ['nobody', 'wrong'],
      [other.id, token.secret],
    ] as [string, string][]) {
      const answer = await postForm(url, PATH, [['token', token.secret]], { basic });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe(BASIC_CHALLENGE);
      expect(JSON.parse(answer.text)).toMatchObject({ error: 'invalid_client' });
    }
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });

  it('a preflight nothing: it names what a page may send', async () => {
    const headers: [string, string][] = [
      ['origin', 'https://app.example.com'],
      ['access-control-request-method', 'POST'],
      ['access-control-request-headers', 'authorization'],
    ];
    const answer = await exchange(url, { method: 'OPTIONS', path: PATH, headers });
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-headers']).toContain('authorization');
    expect(answer.headers['access-control-allow-methods']).toContain('POST');
  });
});

describe('POST /oauth/revoke, where possession is not enough,', () => {
  let app: RescindProcess;
  let drop: () => Promise<void>;
  let business: TestBusiness;
  beforeAll(async () => {
    const database = await freshDatabase();
    drop = () => database.drop();
    app = await startRescind({ databaseUrl: database.url, env: { RESCIND_REVOKE_BY_POSSESSION: '0' } });
    business = await aBusiness({ url: app.url });
  });
  afterAll(async () => {
    await app.stop();
    await drop();
  });

  it('refuses who proves nothing else, with 401 and no revocation', async () => {
    const token = await aToken(business);
    const answer = await postForm(app.url, PATH, [['token', token.secret]]);
    expect(answer.status).toBe(401);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });

  it('answers 200 for the token of another business, and leaves it alone', async () => {
    const token = await aToken(business);
    const stranger = await aToken(await aBusiness({ url: app.url }), { role: 'owner' });
    const answer = await postForm(app.url, PATH, [['token', token.secret]], { bearer: stranger.secret });
    expect(answer).toMatchObject({ status: 200, text: '{}' });
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });

  it('answers 200 for the token of another developer, and leaves it alone', async () => {
    const token = await aToken(business);
    const colleague = await aToken(business);
    const answer = await postForm(app.url, PATH, [['token', token.secret]], { bearer: colleague.secret });
    expect(answer).toMatchObject({ status: 200, text: '{}' });
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });

  it('says 403 alike for an own and for an unknown token to a client that may revoke none', async () => {
    const token = await aToken(business);
    const reader = await aToken(business, { role: 'auditor' });
    for (const secret of [token.secret, 'dz_unknown']) {
      const answer = await postForm(app.url, PATH, [['token', secret]], { bearer: reader.secret });
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.text)).toMatchObject({ error: 'insufficient_scope' });
    }
  });

  it('revokes for an administrator, and any token for itself', async () => {
    const token = await aToken(business);
    const admin = await aToken(business, { role: 'admin' });
    await postForm(app.url, PATH, [['token', token.secret]], { bearer: admin.secret });
    expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
    const reader = await aToken(business, { role: 'auditor' });
    await postForm(app.url, PATH, [['token', reader.secret]], { bearer: reader.secret });
    expect((await reader.api.get('/api/v1/tokens')).status).toBe(401);
  });
});
