import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { exchange } from '../../support/exchange.js';
import { postForm } from '../../support/form.js';
import { sharedApp } from '../../support/shared-app.js';

describe.each(['/api/agent/identity/revoke', '/api/agent/oauth/revoke'])('POST %s', (path) => {
  let url: string;
  let business: TestBusiness;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
  });

  it('revokes whatever token the secret belongs to, without any other credential', async () => {
    const token = await aToken(business);
    const form = `token=${token.secret}&token_type_hint=whatever&client_id=unknown`;
    for (let call = 0; call < 2; call++) {
      const answer = await postForm(url, path, form);
      expect([answer.status, answer.text]).toEqual([200, '{}']);
      expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
    }
  });

  it.each(['abc', 'x'.repeat(3000), 'dz_4bX0Qm2vTqLw8ZkR1nYc7D_0', '%F0%9F%98%80'])(
    'answers 200 {} to a secret that is nobody’s (%s)',
    async (token) => {
      const answer = await postForm(url, path, `token=${token}`);
      expect([answer.status, answer.text]).toEqual([200, '{}']);
    },
  );

  it('does not take a public id, or a secret with another end, for the secret', async () => {
    const token = await aToken(business);
    for (const guess of [token.jti, token.secret.slice(0, -1), `${token.secret}x`, token.id])
      expect((await postForm(url, path, `token=${guess}`)).status).toBe(200);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });

  it.each([
    ['no token', ''],
    ['an empty token', 'token='],
    ['a repeated token', 'token=a&token=b'],
    ['a repeated hint', 'token=a&token_type_hint=b&token_type_hint=c'],
  ])('refuses %s with 400 invalid_request', async (_, form) => {
    const answer = await postForm(url, path, form);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      400,
      { error: 'invalid_request', error_description: expect.any(String) as string },
    ]);
  });

  it('refuses JSON, and a secret in the address, with 400 invalid_request', async () => {
    const token = await aToken(business);
    const json = await exchange(url, {
      method: 'POST',
      path,
      headers: [['content-type', 'application/json']],
      body: JSON.stringify({ token: token.secret }),
    });
    const inQuery = await postForm(url, `${path}?token=${token.secret}`, '');
    for (const answer of [json, inQuery]) {
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text)).toMatchObject({ error: 'invalid_request' });
    }
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });
});
