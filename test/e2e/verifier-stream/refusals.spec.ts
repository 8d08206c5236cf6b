import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { forgedFrom } from '../../support/forged-secret.js';
import { sharedApp } from '../../support/shared-app.js';
import { refusedWith, SUBPROTOCOL } from '../../support/stream-child.js';
import { platformSecret } from '../../support/test-run.js';

const PATH = '/api/v1/verifiers/stream';

describe('the stream is refused like any other request', () => {
  let url: string;
  let business: TestBusiness;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
  });

  it('without a secret, and with one that is not good', async () => {
    const revoked = await aToken(business);
    await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`);
    for (const secret of [null, 'nonsense', revoked.secret]) {
      const { status, headers, body } = await refusedWith(url, { secret });
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toMatch(/^Bearer/);
      expect(body.code).toMatch(/^authentication\./);
    }
  });

  it('without the scope to verify', async () => {
    const { secret } = await aToken(business, { scopes: ['orders:read'] });
    const { status, body } = await refusedWith(url, { secret });
    expect([status, body.code]).toEqual([403, 'permission.denied']);
  });

  it('for a business that is not the caller’s, or does not exist', async () => {
    const { secret } = await aToken(business, { scopes: ['rescind:tokens:verify'] });
    const other = await aBusiness();
    const missing = '7b3c8b6e-3f5c-4d7e-9a51-0c1f5d0e4a11';
    for (const named of [other.id, missing]) {
      const { status, body } = await refusedWith(url, { secret, business: named });
      expect([status, body.code]).toEqual([403, 'business.forbidden']);
    }
    expect((await refusedWith(url, { business: missing })).status).toBe(403);
    expect((await refusedWith(url, { business: 'nonsense' })).status).toBe(400);
  });

  it('with another subprotocol, or none', async () => {
    for (const protocols of [[], ['rescind.verifier.v2']]) {
      const { status, headers, body } = await refusedWith(url, { protocols });
      expect([status, body.code]).toEqual([426, 'request.upgrade_required']);
      expect(headers.upgrade).toBe('websocket');
    }
  });

  const headers = (more: [string, string][]): [string, string][] => [
    ['authorization', `Bearer ${platformSecret()}`],
    ['connection', 'upgrade'],
    ['upgrade', 'websocket'],
    ...more,
  ];

  it('without an upgrade', async () => {
    const answer = await exchange(url, {
      method: 'GET',
      path: PATH,
      headers: [['authorization', `Bearer ${platformSecret()}`]],
    });
    expect(answer.status).toBe(426);
  });

  it.each<[string, [string, string][]]>([
    ['no key', []],
    ['a key of another length', [['sec-websocket-key', 'c2hvcnQ=']]],
    [
      'a subprotocol given twice',
      [
        ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
        ['sec-websocket-protocol', SUBPROTOCOL],
      ],
    ],
  ])('with a broken handshake: %s', async (_, more) => {
    const answer = await exchange(url, {
      method: 'GET',
      path: PATH,
      headers: headers([['sec-websocket-version', '13'], ['sec-websocket-protocol', SUBPROTOCOL], ...more]),
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'request.invalid' });
  });

  it('a WebSocket is refused elsewhere, and the request is answered as ever', async () => {
    const answer = await exchange(url, { method: 'GET', path: '/health/live', headers: headers([]) });
    expect([answer.status, answer.headers.connection]).toEqual([200, 'close']);
    const missing = await exchange(url, { method: 'GET', path: '/nothing', headers: headers([]) });
    expect(missing.status).toBe(404);
  });

  it('a client that offers HTTP/2 in clear text is answered in HTTP/1.1', async () => {
    const { secret } = await aToken(business);
    const { status, text } = await exchange(url, {
      method: 'POST',
      path: '/api/v1/tokens/verify',
      headers: [
        ['authorization', `Bearer ${platformSecret()}`],
        ['x-business-id', business.id],
        ['content-type', 'application/json'],
        ['connection', 'upgrade, http2-settings'],
        ['upgrade', 'h2c'],
        ['http2-settings', 'AAMAAABkAARAAAAAAAIAAAAA'],
      ],
      body: JSON.stringify({ token: secret }),
    });
    expect([status, JSON.parse(text).active]).toEqual([200, true]);
  });

  it('a guessed secret is told nothing, however well it is formed', async () => {
    const { secret } = await aToken(business);
    const { status } = await refusedWith(url, { secret: forgedFrom(secret) });
    expect(status).toBe(401);
  });
});
