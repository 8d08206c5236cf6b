import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { Browser } from '../../support/oidc/browser.js';
import { startBrokenProvider, type BrokenProvider } from '../../support/oidc/broken-provider.js';
import { aSignInHouse, sessionOf, signIn, type SignInHouse } from '../../support/oidc/sign-in-house.js';

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

describe('what a provider says of somebody who signs in', () => {
  let provider: BrokenProvider;
  let other: BrokenProvider;
  let house: SignInHouse;
  beforeAll(async () => {
    [provider, other] = [await startBrokenProvider(), await startBrokenProvider()];
    house = await aSignInHouse(([one]) =>
      [provider, other].map(({ issuer }, index) => ({
        ...{
          id: index === 0 ? 'corp' : 'other',
          issuer,
          client_id: 'rescind',
          client_secret: 's',
          create_members: true,
        },
        roles: [{ group: 'staff', business_id: one?.id, role: 'developer' }],
      })),
    );
  });
  afterAll(async () => {
    await house?.leave();
    await provider?.stop();
    await other?.stop();
  });
  beforeEach(() => provider.breakWith(null));

  /** Comes back from the provider with a code, for which it answers what `tokens` makes of a good ID token. */
  const comeBack = async (
    tokens: (claims: JWTPayload, form: URLSearchParams) => Promise<object> | object,
    changed: (query: URLSearchParams) => void = () => undefined,
    path = 'corp',
  ): Promise<{ browser: Browser; location: string | null }> => {
    const browser = new Browser();
    const { location } = await browser.go(`${house.origin}/sign-in/oidc/corp`);
    const { searchParams } = new URL(location!);
    const claims = {
      ...{ iss: provider.issuer, sub: 'ada', aud: 'rescind', nonce: searchParams.get('nonce')! },
      ...{
        iat: nowSeconds(),
        exp: nowSeconds() + 60,
        email: 'ada@example.com',
        email_verified: true,
        groups: ['staff'],
      },
    };
    provider.answerWith((form) => tokens(claims, form));
    const query = new URLSearchParams({ code: 'c', state: searchParams.get('state')!, iss: provider.issuer });
    changed(query);
    const back = await browser.go(`${house.origin}/sign-in/oidc/${path}/callback?${query.toString()}`);
    return { browser, location: back.location };
  };
  const withIdToken = (id_token: string) => ({
    access_token: 'a',
    token_type: 'bearer',
    expires_in: 60,
    id_token,
  });

  it('is believed when all of it holds', async () => {
    let sent: URLSearchParams | undefined;
    const { browser, location } = await comeBack(async (claims, form) => {
      sent = form;
      return withIdToken(await provider.sign(claims));
    });
    expect(location).toBe(`${house.origin}/console/`);
    expect(await sessionOf(house.origin, browser)).toMatchObject({ role: 'developer' });
    expect(sent?.get('redirect_uri')).toBe(`${house.origin}/sign-in/oidc/corp/callback`);
    expect(sent?.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  });

  it.each<[string, (claims: JWTPayload) => Promise<string> | string]>([
    ['for another audience', (claims) => provider.sign({ ...claims, aud: 'another' })],
    ['for another party', (claims) => provider.sign({ ...claims, azp: 'b' })],
    [
      'for several audiences and another party',
      (claims) => provider.sign({ ...claims, aud: ['rescind', 'b'], azp: 'b' }),
    ],
    ['of another issuer', (claims) => provider.sign({ ...claims, iss: other.issuer })],
    ['with another nonce', (claims) => provider.sign({ ...claims, nonce: 'another' })],
    ['without a nonce', ({ nonce: _, ...claims }) => provider.sign(claims)],
    [
      'that has expired',
      (claims) => provider.sign({ ...claims, iat: nowSeconds() - 600, exp: nowSeconds() - 40 }),
    ],
    ['that never expires', ({ exp: _, ...claims }) => provider.sign(claims)],
    [
      'issued in the future',
      (claims) => provider.sign({ ...claims, iat: nowSeconds() + 40, exp: nowSeconds() + 100 }),
    ],
    ['not valid yet', (claims) => provider.sign({ ...claims, nbf: nowSeconds() + 40 })],
    ['without a subject', ({ sub: _, ...claims }) => provider.sign(claims)],
    ['with an empty subject', (claims) => provider.sign({ ...claims, sub: '' })],
    ['with a subject that is too long', (claims) => provider.sign({ ...claims, sub: 'x'.repeat(256) })],
    ['with a subject that hides what it holds', (claims) => provider.sign({ ...claims, sub: 'a\u202eb' })],
    ['with a session that has no good name', (claims) => provider.sign({ ...claims, sid: 'a\u0000b' })],
    ['with a session whose name is none', (claims) => provider.sign({ ...claims, sid: 7 })],
    ['that is signed with nothing', (claims) => provider.unsigned(claims)],
    [
      'that says to be signed with nothing',
      async (claims) => {
        const [, payload] = (await provider.sign(claims)).split('.');
        return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
      },
    ],
    ['signed with another key', (claims) => provider.forge(claims)],
    ['signed with a key that is not published', (claims) => provider.forge(claims, { kid: 'none' })],
    [
      'whose claims were changed',
      async (claims) => {
        const [head, , signature] = (await provider.sign(claims)).split('.');
        return `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: 'eve' })).toString('base64url')}.${signature}`;
      },
    ],
    ['that is none', () => 'a.b.c'],
  ])('is refused with an ID token %s', async (_, idToken) => {
    const { browser, location } = await comeBack(async (claims) => withIdToken(await idToken(claims)));
    expect(location).toBe(house.failure('sign_in_refused'));
    expect(await sessionOf(house.origin, browser)).toBeNull();
  });

  it('is taken within thirty seconds of difference between the clocks', async () => {
    for (const skew of [-20, 20]) {
      const [iat, exp] = [nowSeconds() + skew, nowSeconds() + skew + 10];
      const { location } = await comeBack(async (claims) =>
        withIdToken(await provider.sign({ ...claims, iat, exp })),
      );
      expect(location).toBe(`${house.origin}/console/`);
    }
  });

  it('is refused without an ID token, and without the iss that it promises', async () => {
    const none = await comeBack(() => ({ access_token: 'a', token_type: 'bearer' }));
    expect(none.location).toBe(house.failure('sign_in_refused'));
    const good = async (claims: JWTPayload) => withIdToken(await provider.sign(claims));
    expect((await comeBack(good, (query) => query.delete('iss'))).location).toBe(
      house.failure('sign_in_refused'),
    );
    const mixedUp = await comeBack(good, (query) => query.set('iss', other.issuer));
    expect(mixedUp.location).toBe(house.failure('sign_in_refused'));
  });

  it('is not taken for the word of another provider, which is not asked for the code', async () => {
    const before = other.asked.length;
    const { location } = await comeBack(
      async (claims) => withIdToken(await provider.sign(claims)),
      (query) => query.set('iss', other.issuer),
      'other',
    );
    expect(location).toBe(house.failure('sign_in_refused', 'other'));
    expect(other.asked.slice(before)).not.toContain('POST /token');
    await house.failed(null, 'other_provider');
  });

  it('is why each failure is in the log, by a word of ours', async () => {
    const failures = ['id_token_claim', 'id_token_time', 'id_token_from_the_future', 'id_token_key', 'response_invalid', 'other_issuer']; // prettier-ignore
    for (const failure of failures) {
      const { actor, details } = await house.failed(null, failure);
      expect(actor.kind).toBe('anonymous');
      expect(details).toMatchObject({ method: 'oidc', provider: 'corp', issuer: null, subject: null });
    }
  });

  it('leaves the role as it is where the groups are elsewhere, because there are too many of them', async () => {
    const groups = { groups: ['owners'], _claim_names: { groups: 'src1' }, _claim_sources: { src1: {} } };
    const { browser } = await comeBack(async (claims) =>
      withIdToken(await provider.sign({ ...claims, ...groups })),
    );
    expect(await sessionOf(house.origin, browser)).toMatchObject({ role: 'developer' });
    const stranger = await comeBack(async (claims) =>
      withIdToken(await provider.sign({ ...claims, ...groups, groups: ['staff'], sub: 'stranger' })),
    );
    expect(stranger.location).toBe(house.failure('not_a_member'));
    expect((await house.failed(null, 'groups_unknown')).details).toMatchObject({ subject: 'stranger' });
  });

  it.each<[string, Parameters<BrokenProvider['breakWith']>[0]]>([
    ['fails', () => ({ status: 500, body: '{}' })],
    ['is no JSON', () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' })],
    ['leads elsewhere', () => ({ status: 307, headers: { location: `${other.issuer}/token` }, body: '' })],
    [
      'is longer than a megabyte',
      () => ({ status: 200, body: JSON.stringify({ access_token: 'x'.repeat(1_100_000) }) }),
    ],
  ])('leads back with an error when the answer %s, and everything else goes on', async (_, broken) => {
    const before = other.asked.length;
    const { browser } = await comeBack(() => ({}));
    const start = await browser.go(`${house.origin}/sign-in/oidc/corp`);
    const state = new URL(start.location!).searchParams.get('state')!;
    provider.breakWith((path) => (path === '/token' ? broken!(path) : null));
    const query = new URLSearchParams({ code: 'c', state, iss: provider.issuer }).toString();
    const { location } = await browser.go(`${house.origin}/sign-in/oidc/corp/callback?${query}`);
    expect(location).toBe(house.failure('provider_unavailable'));
    expect(other.asked.slice(before)).not.toContain('POST /token');
    expect((await house.businesses[0]!.api.get('/api/v1/members')).status).toBe(200);
  });
});

describe('a provider that cannot be reached', () => {
  let provider: BrokenProvider;
  let house: SignInHouse;
  beforeAll(async () => {
    provider = await startBrokenProvider();
    provider.breakWith(() => ({ status: 503, body: '{}' }));
    house = await aSignInHouse(() => [{ id: 'corp', issuer: provider.issuer, client_id: 'rescind' }]);
  });
  afterAll(async () => {
    await house?.leave();
    await provider?.stop();
  });

  it('keeps nobody from starting, is not asked by everybody, and is found when it is back', async () => {
    const startedMs = performance.now();
    const started = await Promise.all(Array.from({ length: 20 }, () => signIn(house)));
    expect(new Set(started.map(({ url }) => url))).toEqual(new Set([house.failure('provider_unavailable')]));
    // It is asked again after 2 s.
    expect(provider.asked.length).toBeLessThan(5 + (performance.now() - startedMs) / 2000);
    provider.breakWith(null);
    const { status } = await new Browser().go(`${house.origin}/health/ready`);
    expect(status).toBe(200);
    for (;;) {
      const { location } = await new Browser().go(`${house.origin}/sign-in/oidc/corp`);
      if (location!.startsWith(provider.issuer)) break;
    }
    const asked = provider.asked.length;
    await Promise.all(
      Array.from({ length: 20 }, () => new Browser().go(`${house.origin}/sign-in/oidc/corp`)),
    );
    expect(provider.asked.length).toBe(asked);
  });

  it('that calls itself otherwise than it was configured is not used', async () => {
    const impostor = await startBrokenProvider({ issuer: 'https://evil.example' });
    const misled = await aSignInHouse(() => [{ id: 'corp', issuer: impostor.issuer, client_id: 'rescind' }], {
      count: 0,
    });
    expect((await signIn(misled)).url).toBe(misled.failure('provider_unavailable'));
    await misled.leave();
    await impostor.stop();
  });
});
