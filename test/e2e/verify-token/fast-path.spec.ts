import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { exchange, type Answer } from '../../support/exchange.js';
import { expire } from '../../support/expire.js';
import { aBusiness, anIdentity, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { changeToken } from '../../support/token-mac.js';

const VERIFY = '/api/v1/tokens/verify';
const INTROSPECT = '/oauth/introspect';
const AUTHORIZE = '/gateway/authorize';
const ATTEMPTS = 20;
const ATTEMPT_MS = 250;
const NOT_THE_SAME_TWICE = ['date', 'x-request-id'];

/** A request; without a body: a gateway's. */
interface Asked {
  path: string;
  headers: [string, string][];
  body?: string;
  method?: string;
}

const AS_PLATFORM = { authorization: `Bearer ${platformSecret()}` };
const withoutBusiness = (asked: Asked): Asked => ({
  ...asked,
  headers: asked.headers.filter(([name]) => name !== 'x-business-id'),
});

/** The same request, with something that changes nothing but keeps it from the fast path. */
const ordinarily = (asked: Asked): Asked =>
  asked.body === undefined
    ? { ...asked, headers: [...asked.headers, ['content-length', '0']] }
    : { ...asked, path: `${asked.path}?` };

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
  const authorize = (
    secret: string,
    {
      query = '',
      method = 'GET',
      headers = {},
    }: { query?: string; method?: string; headers?: Record<string, string> } = {},
  ): Asked => ({
    path: AUTHORIZE + query,
    method,
    headers: Object.entries({ authorization: `Bearer ${secret}`, ...headers }),
  });
  const ask = ({ path, headers, body, method = 'POST' }: Asked): Promise<Answer> =>
    exchange(url, { method, path, headers, ...(body === undefined ? {} : { body }) });
  const fastAnswers = async (path: string): Promise<number> => {
    const { text } = await exchange(url, {
      method: 'GET',
      path: '/metrics',
      headers: [['authorization', `Bearer ${platformSecret()}`]],
    });
    const line = text
      .split('\n')
      .find((each) => each.startsWith(`rescind_fast_path_answers_total{route="${path}"}`));
    return Number(line?.split(' ')[1]);
  };
  /** What is the same about two answers to one question. */
  const said = ({ status, headers, text }: Answer): unknown => ({
    status,
    headers: Object.entries(headers).filter(([name]) => !NOT_THE_SAME_TWICE.includes(name)),
    body: text.replace(/"request_id":"[^"]+"/, ''),
  });
  const onceBothWays = async (asked: Asked): Promise<{ taken: number; short: Answer }> => {
    await ask(ordinarily(asked));
    const ordinary = await ask(ordinarily(asked));
    const route = asked.path.startsWith(AUTHORIZE) ? AUTHORIZE : asked.path;
    const before = await fastAnswers(route);
    const short = await ask(asked);
    const taken = (await fastAnswers(route)) - before;
    expect(said(short)).toEqual(said(ordinary));
    return { taken, short };
  };
  /**
   * Asked the ordinary way until memory knows both secrets, then both ways; again where the fast path took not as many as
   * `wanted`: others ask the same process meanwhile, and its lease may run out on a busy machine.
   */
  const bothWays = async (asked: Asked, wanted: 0 | 1): Promise<{ taken: number; short: Answer }> => {
    let answered = await onceBothWays(asked);
    for (let attempt = 1; attempt < ATTEMPTS && answered.taken !== wanted; attempt++) {
      await delay(ATTEMPT_MS);
      answered = await onceBothWays(asked);
    }
    return answered;
  };

  it.each([
    ['verify', () => verify(token.secret)],
    [
      'verify, with the cookie of a session beside the bearer',
      () => verify(token.secret, { cookie: '__Host-rescind=no-session' }),
    ],
    [
      'verify, with the most scopes that may be asked for',
      () => verify('', {}, JSON.stringify({ token: token.secret, scopes: Array(100).fill('jobs:read') })),
    ],
    ['verify, written with spaces', () => verify(token.secret, {}, `\n{ "token" : "${token.secret}" }\t`)],
    [
      'verify, with a charset',
      () => verify(token.secret, { 'content-type': 'application/json; charset=utf-8' }),
    ],
    [
      'verify, with scopes that it has',
      () => verify('', {}, JSON.stringify({ token: token.secret, scopes: ['jobs:read'] })),
    ],
    [
      'verify, with all members, in another order',
      () => verify('', {}, JSON.stringify({ ip: '203.0.113.7', scopes: [], token: token.secret }, null, 2)),
    ],
    [
      'verify, with what it was presented with',
      () =>
        verify(
          '',
          {},
          JSON.stringify({ token: token.secret, user_agent: 'Mozilla/5.0 (X11) a, b: c' }, null, 1),
        ),
    ],
    ['verify, by the platform', () => verify(token.secret, AS_PLATFORM)],
    ['verify, in no named business', () => withoutBusiness(verify(token.secret))],
    [
      'verify, by the platform in no named business',
      () => withoutBusiness(verify(token.secret, AS_PLATFORM)),
    ],
    ['introspect', () => introspect(token.secret)],
    [
      'introspect, by the platform',
      () => introspect(token.secret, { authorization: `Bearer ${platformSecret()}` }),
    ],
    [
      'introspect, by the platform in a business',
      () =>
        introspect(token.secret, {
          authorization: `Bearer ${platformSecret()}`,
          'x-business-id': business.id,
        }),
    ],
    ['introspect, in a business', () => introspect(token.secret, { 'x-business-id': business.id })],
    [
      'introspect, with a hint',
      () => introspect(token.secret, {}, `token=${token.secret}&token_type_hint=access_token`),
    ],
  ])('is the very answer of the ordinary way: %s', async (_what, asked) => {
    const { taken, short } = await bothWays(asked(), 1);
    expect(short.text).toContain('"active":true');
    expect(taken).toBe(1);
  });

  it.each<[string, () => Asked]>([
    ['authorize', () => authorize(token.secret)],
    ['authorize, another method', () => authorize(token.secret, { method: 'DELETE' })],
    ['authorize, a path appended', () => authorize(token.secret, { query: '/orders/7?page=2' })],
    ['authorize, with scopes', () => authorize(token.secret, { query: '?scope=jobs:read&scope=jobs:read' })],
    ['authorize, in its business', () => authorize(token.secret, { query: `?business=${business.id}` })],
    [
      'authorize, in its business by a header',
      () => authorize(token.secret, { headers: { 'x-business-id': business.id.toUpperCase() } }),
    ],
    ['authorize, the platform', () => authorize(platformSecret())],
  ])('lets pass as the ordinary way does: %s', async (_what, asked) => {
    const { taken, short } = await bothWays(asked(), 1);
    expect([short.status, taken]).toEqual([200, 1]);
  });

  it('has an id of ours, and the caller’s own beside it if it can be one', async () => {
    const ours = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/;
    const own = await onceBothWays(verify(token.secret, { 'x-request-id': 'trace.1-a' }));
    expect(own.short.headers['x-request-id']).toMatch(ours);
    expect(own.short.headers['x-client-request-id']).toBe('trace.1-a');
    const bad = await onceBothWays(verify(token.secret, { 'x-request-id': 'two words' }));
    expect(bad.short.headers['x-request-id']).toMatch(ours);
    expect(bad.short.headers['x-client-request-id']).toBeUndefined();
  });

  const REFUSED: [string, () => Asked | Promise<Asked>][] = [
    ['a token of another business', async () => verify((await aToken(await aBusiness())).secret)],
    ['another business', async () => verify(token.secret, { 'x-business-id': (await aBusiness()).id })],
    [
      'a business named in capitals',
      () => verify(token.secret, { 'x-business-id': business.id.toUpperCase() }),
    ],
    ["the platform's own token", () => withoutBusiness(verify(platformSecret(), AS_PLATFORM))],
    [
      'a token of another business, where none is named',
      async () => withoutBusiness(verify((await aToken(await aBusiness())).secret)),
    ],
    [
      'two Authorization headers',
      () => ({
        ...verify(token.secret),
        headers: [...verify('').headers, ['authorization', `Bearer ${token.secret}`]],
      }),
    ],
    ['a caller without the scope', () => verify(token.secret, { authorization: `Bearer ${token.secret}` })],
    [
      'the platform, in another business',
      async () =>
        verify(token.secret, {
          authorization: `Bearer ${platformSecret()}`,
          'x-business-id': (await aBusiness()).id,
        }),
    ],
    [
      'the platform, in no business',
      () =>
        verify(token.secret, { authorization: `Bearer ${platformSecret()}`, 'x-business-id': randomUUID() }),
    ],
    ['an address that is none', () => verify('', {}, JSON.stringify({ token: token.secret, ip: 'here' }))],
    ['scopes that are none', () => verify('', {}, JSON.stringify({ token: token.secret, scopes: [1] }))],
    [
      'more scopes than may be asked for',
      () => verify('', {}, JSON.stringify({ token: token.secret, scopes: Array(101).fill('jobs:read') })),
    ],
    ['scopes of null', () => verify('', {}, JSON.stringify({ token: token.secret, scopes: null }))],
    ['an unknown member', () => verify('', {}, JSON.stringify({ token: token.secret, more: 1 }))],
    ['a list', () => verify('', {}, JSON.stringify([token.secret]))],
    ['a caller that nobody knows', () => verify(token.secret, { authorization: 'Bearer x' })],
    [
      'scopes to be covered',
      () => verify('', {}, JSON.stringify({ token: token.secret, scopes: ['jobs:write'] })),
    ],
    ['a secret with a space in it', () => verify(`${token.secret.slice(0, 9)} ${token.secret.slice(9)}`)],
    [
      'what it was presented with, in other characters than ASCII’s',
      () => verify('', {}, JSON.stringify({ token: token.secret, user_agent: 'Größe' })),
    ],
    [
      'what it was presented with, too long',
      () => verify('', {}, JSON.stringify({ token: token.secret, user_agent: 'x'.repeat(1025) })),
    ],
    [
      'what it was presented with, no text',
      () => verify('', {}, JSON.stringify({ token: token.secret, user_agent: 1 })),
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
      'introspection by the platform, in another business',
      async () =>
        introspect(token.secret, {
          authorization: `Bearer ${platformSecret()}`,
          'x-business-id': (await aBusiness()).id,
        }),
    ],
    ['a request that lacks a scope', () => authorize(token.secret, { query: '?scope=jobs:write' })],
    [
      'a request in another business',
      async () => authorize(token.secret, { query: `?business=${(await aBusiness()).id}` }),
    ],
    [
      'a request in two businesses',
      () => authorize(token.secret, { query: `?business=${business.id}&business=${randomUUID()}` }),
    ],
    [
      'a request of the platform in a business',
      () => authorize(platformSecret(), { query: `?business=${business.id}` }),
    ],
    [
      'a request of the platform in none',
      () => authorize(platformSecret(), { query: `?business=${randomUUID()}` }),
    ],
    ['a request without a credential', () => ({ ...authorize(''), headers: [] })],
    ['a request of nobody', () => authorize('x')],
    ['a secret in the query', () => authorize(token.secret, { query: '?access_token=x' })],
  ];
  it.each(REFUSED)('leaves to the ordinary way, with its answer: %s', async (_what, asked) => {
    expect((await bothWays(await asked(), 0)).taken).toBe(0);
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
      expect((await bothWays(about(each.secret), 1)).taken).toBe(1);

    await own.api.post(`/api/v1/tokens/${revoked.id}/revoke`);
    expect(JSON.parse((await ask(about(revoked.secret))).text)).toEqual({ active: false, reason: 'revoked' });
    await expire(expired.id);
    await waitFor('an operator’s change to arrive', async () =>
      (await ask(about(expired.secret))).text.includes('"expired"'),
    );
    await own.api.post(`/api/v1/identities/${identity.id}/disable`);
    expect(JSON.parse((await ask(about(owned.secret))).text)).toEqual({ active: false, reason: 'revoked' });
    await own.api.within(null).post(`/api/v1/admin/businesses/${own.id}/suspend`);
    expect((await onceBothWays(about(suspended.secret))).short.text).not.toContain('"active":true');
  });

  it('needs no address of a caller, unless its token is bound to some', async () => {
    const { databaseUrl } = await sharedApp();
    const bound = await aToken(business, { role: 'admin' });
    await changeToken(databaseUrl, bound.id, `trusted_ips = '{127.0.0.1}'`);
    const { taken, short } = await bothWays(
      verify(token.secret, { authorization: `Bearer ${bound.secret}` }),
      0,
    );
    expect(short.text).toContain('"active":true');
    expect(taken).toBe(0);
  });
});
