import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SESSION_COOKIE } from '../../../src/common/session-secret.js';
import { exchange } from '../../support/exchange.js';
import { aMember, aToken, type TestBusiness } from '../../support/factories.js';
import { startBrokenProvider, type BrokenProvider } from '../../support/oidc/broken-provider.js';
import { Browser } from '../../support/oidc/browser.js';
import { comesBack, signsInByHand } from '../../support/oidc/by-hand.js';
import { aSignInHouse, sessionOf, type SignInHouse } from '../../support/oidc/sign-in-house.js';
import { aSession, OwnPageApi, secretIn, SessionApi } from '../../support/session.js';
import { waitFor } from '../../support/wait-for.js';

const ATTEMPT = '__Host-rescind-sign-in';
const OWN_PAGE = { 'sec-fetch-site': 'same-origin' };

describe('whoever attacks a sign-in', () => {
  let hand: BrokenProvider;
  let house: SignInHouse;
  let business: TestBusiness;
  beforeAll(async () => {
    hand = await startBrokenProvider();
    house = await aSignInHouse(
      ([one]) => [
        {
          ...{ id: 'hand', issuer: hand.issuer, client_id: 'rescind', create_members: true },
          roles: [{ group: 'staff', business_id: one?.id, role: 'developer' }],
        },
      ],
      { count: 1, isLinked: true },
    );
    [business] = house.businesses as [TestBusiness];
  }, 120_000);
  afterAll(async () => {
    await house?.leave();
    await hand?.stop();
  });

  it('by planting a session gets no session of whoever signs in after that: theirs has another secret, and the planted one stays what it was', async () => {
    const mallory = await aSession((await aToken(business)).api);
    const victim = await aToken(business, { role: 'admin' });
    const planted = { cookie: `${SESSION_COOKIE}=${mallory.secret}` };
    const byToken = await new OwnPageApi(house.origin, victim.secret).call('POST', '/api/v1/sessions', {
      body: {},
      headers: planted,
    });
    expect(byToken.status).toBe(201);
    const secret = secretIn(byToken);
    expect([secret === mallory.secret, secret === '']).toEqual([false, false]);
    const browser = new Browser();
    browser.cookies.set(SESSION_COOKIE, mallory.secret);
    await signsInByHand(house.origin, hand, { sub: 'victim' }, { browser });
    expect(browser.cookies.get(SESSION_COOKIE)).not.toBe(mallory.secret);
    expect((await sessionOf(house.origin, browser))?.person.email).toBe('victim@example.com');
    const still = await mallory.api.get('/api/v1/sessions/current');
    expect([still.status, still.body.id]).toEqual([200, mallory.id]);
  });

  it('by making up a secret for the cookie has no session, then or later', async () => {
    for (const made of [
      'x',
      'dzs_',
      `dzs_${'0'.repeat(22)}_${'0'.repeat(43)}`,
      '%00',
      '"',
      'a'.repeat(3000),
    ]) {
      const { status, headers } = await new SessionApi(house.origin, made).get('/api/v1/sessions/current');
      expect([status, headers['set-cookie']]).toEqual([401, undefined]);
    }
  });

  it('by a second cookie of the same name is refused, whichever of the two is good', async () => {
    const { secret } = await aSession((await aToken(business)).api);
    for (const pair of [
      [secret, 'dzs_other'],
      ['dzs_other', secret],
      [secret, secret],
    ]) {
      const { status } = await exchange(house.origin, {
        method: 'GET',
        path: '/api/v1/sessions/current',
        headers: [['cookie', pair.map((each) => `${SESSION_COOKIE}=${each}`).join('; ')]],
      });
      expect(status).toBe(400);
    }
    const { browser, callback } = await comesBack(house.origin, hand, { sub: 'twice' });
    const own = browser.cookies.get(ATTEMPT)!;
    const { location } = await new Browser().go(callback, {
      headers: { cookie: `${ATTEMPT}=${own}; ${ATTEMPT}=${own}` },
    });
    expect(location).toBe(house.failure('attempt_expired', 'hand'));
  });

  it('with the attempt or the code of somebody else is not signed in as them', async () => {
    const victim = await comesBack(house.origin, hand, { sub: 'victim' });
    const mallory = await comesBack(house.origin, hand, { sub: 'mallory' });
    const [theirs, own] = [victim, mallory].map(({ callback }) => new URL(callback));
    // The code of the victim with the attempt of Mallory: the nonce is another, and so is the challenge.
    own!.searchParams.set('code', theirs!.searchParams.get('code')!);
    expect((await mallory.browser.go(own!.href)).location).toBe(house.failure('sign_in_refused', 'hand'));
    // The whole callback of the victim, in a browser with an attempt of its own.
    const other = await comesBack(house.origin, hand, { sub: 'mallory' });
    expect((await other.browser.go(theirs!.href)).location).toBe(house.failure('sign_in_refused', 'hand'));
    // An attempt that was changed in one character.
    const forged = victim.browser.cookies.get(ATTEMPT)!;
    const at = Math.floor(forged.length / 2);
    const changed = forged.slice(0, at) + (forged[at] === 'A' ? 'B' : 'A') + forged.slice(at + 1);
    const stranger = new Browser();
    stranger.cookies.set(ATTEMPT, changed);
    expect((await stranger.go(theirs!.href)).location).toBe(house.failure('attempt_expired', 'hand'));
    // The victim's own goes on being good.
    expect((await victim.browser.go(theirs!.href)).location).toBe(`${house.origin}/console/`);
  });

  it('by giving a parameter twice, or none, is not signed in', async () => {
    for (const change of [
      (query: URLSearchParams) => query.append('code', 'another'),
      (query: URLSearchParams) => query.append('iss', hand.issuer),
      (query: URLSearchParams) => query.append('state', 'another'),
      (query: URLSearchParams) => query.delete('code'),
      (query: URLSearchParams) => query.set('error', 'access_denied'),
      (query: URLSearchParams) => [...query.keys()].forEach((name) => query.delete(name)),
    ]) {
      const { browser, callback } = await comesBack(house.origin, hand, { sub: 'ada' });
      const url = new URL(callback);
      change(url.searchParams);
      const { status, location, setCookies } = await browser.go(url.href);
      expect([status, location]).toEqual([303, house.failure('sign_in_refused', 'hand')]);
      expect(setCookies.join()).not.toContain(`${SESSION_COOKIE}=`);
    }
  });

  it.each([
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/%5cevil.example',
    '%2f%2fevil.example',
    '/%2fevil.example',
    'https:evil.example',
    'https:/evil.example',
    'https://evil.example/console/',
    '/console/@evil.example/../../..//evil.example',
    '/console/..;//evil.example',
    'javascript:alert(1)//console/',
    'java\tscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    '/console/\r\nset-cookie: a=b',
    '/console/%0d%0aset-cookie:%20a=b',
    '/console/\u2028//evil.example',
    '/console/\u202e',
    '/console/\u0000',
    '\u00a0//evil.example',
    '/CONSOLE//evil.example',
    '/console/.//evil.example',
    '/console/./../..//evil.example',
  ])('by sending somebody to sign in and then to %j leads nobody away from the console', async (asked) => {
    for (const query of [
      `?return_to=${encodeURIComponent(asked)}`,
      `?return_to=/console/&return_to=${encodeURIComponent(asked)}`,
      `?return_to[]=${encodeURIComponent(asked)}`,
    ]) {
      const { browser, callback } = await comesBack(house.origin, hand, { sub: 'ada' }, { query });
      const { location, headers, setCookies } = await browser.go(callback);
      const led = new URL(location!);
      expect([led.origin, led.pathname.startsWith('/console/')]).toEqual([house.origin, true]);
      expect(led.pathname).not.toMatch(/^\/console\/\//);
      // As a browser reads it once more, on the page that it has come to.
      expect(new URL(headers.get('location')!, `${house.origin}/sign-in/oidc/hand/callback`).origin).toBe(
        house.origin,
      );
      expect(setCookies.map((each) => each.split('=')[0]).sort()).toEqual([SESSION_COOKIE, ATTEMPT].sort());
    }
  });

  it('by leading a browser here from elsewhere changes nobody’s session, and opens none', async () => {
    const signedIn = await signsInByHand(house.origin, hand, { sub: 'ada' });
    const before = signedIn.cookies.get(SESSION_COOKIE);
    const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    for (const path of ['/sign-in/oidc/hand', '/sign-in/oidc/hand/callback?code=c&state=s'])
      await signedIn.go(house.origin + path, { headers: elsewhere });
    const { status } = await signedIn.go(`${house.origin}/sign-in/recovery`, {
      method: 'POST',
      headers: { ...elsewhere, 'content-type': 'application/json' },
      body: JSON.stringify({ business: business.id, code: '00000-00000-00000-00000-00000-00000' }),
    });
    expect(status).toBe(403);
    expect(signedIn.cookies.get(SESSION_COOKIE)).toBe(before);
    expect((await sessionOf(house.origin, signedIn))?.person.email).toBe('ada@example.com');
  });

  it('with two tabs of one browser, as two people: what comes back last holds, and neither acts as the other', async () => {
    const browser = new Browser();
    const first = await comesBack(house.origin, hand, { sub: 'tab-one' }, { browser });
    const second = await comesBack(house.origin, hand, { sub: 'tab-two' }, { browser });
    // The attempt of the first tab was given up by the second.
    expect((await browser.go(first.callback)).location).toBe(house.failure('sign_in_refused', 'hand'));
    expect(await sessionOf(house.origin, browser)).toBeNull();
    const again = await comesBack(house.origin, hand, { sub: 'tab-one' }, { browser });
    expect((await browser.go(second.callback)).location).toBe(house.failure('sign_in_refused', 'hand'));
    const last = await comesBack(house.origin, hand, { sub: 'tab-one' }, { browser });
    expect((await browser.go(last.callback)).location).toBe(`${house.origin}/console/`);
    const one = browser.cookies.get(SESSION_COOKIE)!;
    expect((await browser.go(again.callback)).location).toBe(house.failure('attempt_expired', 'hand'));
    await signsInByHand(house.origin, hand, { sub: 'tab-two' }, { browser });
    expect((await sessionOf(house.origin, browser))?.person.email).toBe('tab-two@example.com');
    // The first session is its own still, and is ended by whoever has it.
    const kept = new SessionApi(house.origin, one, business.id, OWN_PAGE);
    expect((await kept.get('/api/v1/sessions/current')).body.person.email).toBe('tab-one@example.com');
    expect((await kept.post('/api/v1/sessions/current/end', {})).status).toBe(200);
    expect((await sessionOf(house.origin, browser))?.person.email).toBe('tab-two@example.com');
  });

  it('by names of groups that objects inherit, or that are spelled otherwise, gets no role', async () => {
    for (const groups of [
      ['__proto__', 'constructor', 'toString'],
      ['Staff', ' staff', 'staff ', 'st\u0430ff', 'staff\u0000', 'staff,admins'],
      [['staff'], { group: 'staff' }, 7, null],
      [],
      '',
    ]) {
      const { browser, callback } = await comesBack(house.origin, hand, { sub: 'nobody', groups });
      expect((await browser.go(callback)).location).toBe(house.failure('not_a_member', 'hand'));
    }
  });

  it('or is signing in while the database restarts is told to try again, and then is let in', async () => {
    await aMember(business, 'owner');
    const people = await Promise.all(
      Array.from({ length: 8 }, (_, index) => comesBack(house.origin, hand, { sub: `outage-${index}` })),
    );
    const [before, ...during] = people;
    expect((await before!.browser.go(before!.callback)).location).toBe(`${house.origin}/console/`);
    const answers = Promise.all(during.map(({ browser, callback }) => browser.go(callback)));
    await house.link!.cut();
    const steps = await answers;
    const outages: Browser[] = [];
    for (const [index, { status, location, setCookies }] of steps.entries()) {
      expect(status).toBe(303);
      const { browser } = during[index]!;
      const isIn = location === `${house.origin}/console/`;
      if (!isIn) {
        expect(location).toBe(house.failure('service_unavailable', 'hand'));
        outages.push(browser);
      }
      // Whoever is told that it failed holds nothing, and the other way round.
      expect(setCookies.some((each) => each.startsWith(`${SESSION_COOKIE}=`))).toBe(isIn);
      expect(browser.cookies.has(ATTEMPT)).toBe(false);
    }
    // While it is gone: nobody new either, and no fault of the service.
    const late = new Browser();
    const { location } = await late.go(`${house.origin}/sign-in/oidc/hand`);
    const state = new URL(location!).searchParams.get('state')!;
    const back = new URLSearchParams({ code: 'c', state, iss: hand.issuer }).toString();
    expect((await late.go(`${house.origin}/sign-in/oidc/hand/callback?${back}`)).location).toBe(
      house.failure('service_unavailable', 'hand'),
    );
    await house.link!.restore();
    await waitFor('the service to be ready', async () => {
      const { status } = await late.go(`${house.origin}/health/ready`);
      return status === 200;
    });
    for (const browser of [late, ...outages]) {
      await waitFor('somebody to be let in', () =>
        signsInByHand(house.origin, hand, { sub: 'afterwards' }, { browser }),
      );
      expect((await sessionOf(house.origin, browser))?.person.email).toBe('afterwards@example.com');
    }
    expect(await sessionOf(house.origin, before!.browser)).not.toBeNull();
  });
});
