import { sql } from '../../support/databases.js';
import { exchange, type Answer } from '../../support/exchange.js';
import { expire } from '../../support/expire.js';
import { aBusiness, anIdentity, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

const VERIFY = '/api/v1/tokens/verify';
const INTROSPECT = '/oauth/introspect';
const NOT_THE_SAME_TWICE = ['date', 'x-request-id'];

/** A request; `?` after its path keeps it from the shortcut and changes nothing else. */
interface Asked {
  path: string;
  headers: [string, string][];
  body: string;
}

describe('a verdict out of memory, answered before the framework', () => {
  let url: string;
  let business: TestBusiness;
  let caller: TestToken;
  let token: TestToken;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
    caller = await aToken(business, { role: 'admin' });
    token = await aToken(business, { scopes: ['jobs:read'] });
  });

  const verify = (secret: string, headers: Record<string, string> = {}, body?: string): Asked => ({
    path: VERIFY,
    headers: Object.entries({
      authorization: `Bearer ${caller.secret}`,
      'x-business-id': business.id,
      'content-type': 'application/json',
      ...headers,
    }),
    body: body ?? JSON.stringify({ token: secret }),
  });
  const introspect = (secret: string, headers: Record<string, string> = {}, body?: string): Asked => ({
    path: INTROSPECT,
    headers: Object.entries({
      authorization: `Bearer ${caller.secret}`,
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    }),
    body: body ?? `token=${secret}`,
  });
  const ask = ({ path, headers, body }: Asked, suffix = ''): Promise<Answer> =>
    exchange(url, { method: 'POST', path: path + suffix, headers, body });
  const shortcutsTaken = async (path: string): Promise<number> => {
    const { text } = await exchange(url, {
      method: 'GET',
      path: '/metrics',
      headers: [['authorization', `Bearer ${platformSecret()}`]],
    });
    const line = text
      .split('\n')
      .find((each) => each.startsWith(`rescind_shortcut_answers_total{route="${path}"}`));
    return Number(line?.split(' ')[1]);
  };
  /** What is the same about two answers to one question. */
  const said = ({ status, headers, text }: Answer): unknown => ({
    status,
    headers: Object.entries(headers).filter(([name]) => !NOT_THE_SAME_TWICE.includes(name)),
    body: text.replace(/"request_id":"[^"]+"/, ''),
  });
  /** Asked the ordinary way until memory knows both secrets, then both ways. */
  const bothWays = async (asked: Asked): Promise<{ taken: number; short: Answer }> => {
    await ask(asked, '?');
    const ordinary = await ask(asked, '?');
    const before = await shortcutsTaken(asked.path);
    const short = await ask(asked);
    const taken = (await shortcutsTaken(asked.path)) - before;
    expect(said(short)).toEqual(said(ordinary));
    return { taken, short };
  };

  it.each([
    ['verify', () => verify(token.secret)],
    ['verify, written with spaces', () => verify(token.secret, {}, `\n{ "token" : "${token.secret}" }\t`)],
    [
      'verify, with a charset',
      () => verify(token.secret, { 'content-type': 'application/json; charset=utf-8' }),
    ],
    ['introspect', () => introspect(token.secret)],
    ['introspect, in a business', () => introspect(token.secret, { 'x-business-id': business.id })],
    [
      'introspect, with a hint',
      () => introspect(token.secret, {}, `token=${token.secret}&token_type_hint=access_token`),
    ],
  ])('is the very answer of the ordinary way: %s', async (_what, asked) => {
    const { taken, short } = await bothWays(asked());
    expect(short.text).toContain('"active":true');
    expect(taken).toBe(1);
  });

  it('carries the caller’s own request id if it can be one, and a new one otherwise', async () => {
    const own = await bothWays(verify(token.secret, { 'x-request-id': 'trace.1-a' }));
    expect(own.short.headers['x-request-id']).toBe('trace.1-a');
    const bad = await bothWays(verify(token.secret, { 'x-request-id': 'two words' }));
    expect(bad.short.headers['x-request-id']).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-8[0-9a-f]{11}$/,
    );
  });

  const REFUSED: [string, () => Asked | Promise<Asked>][] = [
    ['a token of another business', async () => verify((await aToken(await aBusiness())).secret)],
    ['another business', async () => verify(token.secret, { 'x-business-id': (await aBusiness()).id })],
    [
      'a business named in capitals',
      () => verify(token.secret, { 'x-business-id': business.id.toUpperCase() }),
    ],
    [
      'no business',
      () => ({
        ...verify(token.secret),
        headers: verify('').headers.filter(([name]) => name !== 'x-business-id'),
      }),
    ],
    [
      'two Authorization headers',
      () => ({
        ...verify(token.secret),
        headers: [...verify('').headers, ['authorization', `Bearer ${token.secret}`]],
      }),
    ],
    [
      'a caller without the scope',
      async () => verify(token.secret, { authorization: `Bearer ${token.secret}` }),
    ],
    [
      'a caller that is the platform',
      () => verify(token.secret, { authorization: `Bearer ${platformSecret()}` }),
    ],
    ['a caller that nobody knows', () => verify(token.secret, { authorization: 'Bearer x' })],
    [
      'scopes to be covered',
      () => verify('', {}, JSON.stringify({ token: token.secret, scopes: ['jobs:write'] })),
    ],
    ['a member given twice', () => verify('', {}, `{"token":"x","token":"${token.secret}"}`)],
    [
      'characters written as escapes',
      () =>
        verify('', {}, `{"token":"\\u00${token.secret.charCodeAt(0).toString(16)}${token.secret.slice(1)}"}`),
    ],
    ['a poisoned prototype', () => verify('', {}, `{"token":"${token.secret}","__proto__":{}}`)],
    ['a byte order mark', () => verify('', {}, `\ufeff{"token":"${token.secret}"}`)],
    ['broken JSON', () => verify('', {}, `{"token":"${token.secret}"`)],
    ['another media type', () => verify(token.secret, { 'content-type': 'text/plain' })],
    ['a form with percent signs', () => introspect('', {}, `token=${token.secret.replace('_', '%5F')}`)],
    ['a parameter given twice', () => introspect('', {}, `token=${token.secret}&token=${token.secret}`)],
    ['a credential in the form as well', () => introspect('', {}, `token=${token.secret}&client_secret=x`)],
    [
      'introspection for another business',
      async () => introspect(token.secret, { 'x-business-id': (await aBusiness()).id }),
    ],
    [
      'introspection by the platform',
      () => introspect(token.secret, { authorization: `Bearer ${platformSecret()}` }),
    ],
  ];
  it.each(REFUSED)('leaves to the ordinary way, with its answer: %s', async (_what, asked) => {
    expect((await bothWays(await asked())).taken).toBe(0);
  });

  it('ends with what it told of: revoked, expired, suspended, the owner gone', async () => {
    const own = await aBusiness();
    const admin = await aToken(own, { role: 'admin' });
    const identity = await anIdentity(own);
    const about = (secret: string): Asked =>
      verify(secret, { authorization: `Bearer ${admin.secret}`, 'x-business-id': own.id });
    const [revoked, expired, owned, suspended] = [
      await aToken(own),
      await aToken(own),
      await aToken(own, { identityId: identity.id }),
      await aToken(own),
    ] as [TestToken, TestToken, TestToken, TestToken];
    for (const each of [revoked, expired, owned, suspended])
      expect((await bothWays(about(each.secret))).taken).toBe(1);

    await own.api.post(`/api/v1/tokens/${revoked.id}/revoke`);
    expect(JSON.parse((await ask(about(revoked.secret))).text)).toEqual({ active: false, reason: 'revoked' });
    await expire(expired.id);
    await waitFor('an operator’s change to arrive', async () =>
      (await ask(about(expired.secret))).text.includes('"expired"'),
    );
    await own.api.post(`/api/v1/identities/${identity.id}/disable`);
    expect(JSON.parse((await ask(about(owned.secret))).text)).toEqual({ active: false, reason: 'revoked' });
    await own.api.within(null).post(`/api/v1/admin/businesses/${own.id}/suspend`);
    expect((await bothWays(about(suspended.secret))).short.text).not.toContain('"active":true');
  });

  it('needs no address of a caller, unless its token is bound to some', async () => {
    const { databaseUrl } = await sharedApp();
    const bound = await aToken(business, { role: 'admin' });
    await sql(databaseUrl, `UPDATE tokens SET trusted_ips = '{127.0.0.1}' WHERE id = $1`, [bound.id]);
    const { taken, short } = await bothWays(
      verify(token.secret, { authorization: `Bearer ${bound.secret}` }),
    );
    expect(short.text).toContain('"active":true');
    expect(taken).toBe(0);
  });
});
