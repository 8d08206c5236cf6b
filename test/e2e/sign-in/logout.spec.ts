import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { Browser } from '../../support/oidc/browser.js';
import { startBrokenProvider, type BrokenProvider } from '../../support/oidc/broken-provider.js';
import { comesBack, signsInByHand } from '../../support/oidc/by-hand.js';
import { startProvider, type RealProvider } from '../../support/oidc/real-provider.js';
import { waitFor } from '../../support/wait-for.js';
import { aSignInHouse, sessionOf, signIn, type SignInHouse } from '../../support/oidc/sign-in-house.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const person = { email: 'ada@example.com', email_verified: true, groups: ['staff'] };

describe('signing out', () => {
  let real: RealProvider;
  let hand: BrokenProvider;
  let other: BrokenProvider;
  let house: SignInHouse;
  let anotherUrl: string;
  beforeAll(async () => {
    [hand, other] = [await startBrokenProvider(), await startBrokenProvider()];
    house = await aSignInHouse(async ([one], origin) => {
      real = await startProvider(origin);
      const roles = [{ group: 'staff', business_id: one?.id, role: 'developer' }];
      const base = { create_members: true, roles };
      return [
        { id: 'corp', issuer: real.issuer, client_id: real.clientId, client_secret: real.clientSecret, post_logout: true, ...base }, // prettier-ignore
        { id: 'hand', issuer: hand.issuer, client_id: 'rescind', ...base },
        { id: 'other', issuer: other.issuer, client_id: 'rescind', ...base },
      ];
    });
    anotherUrl = (await house.another()).url;
  });
  afterAll(async () => {
    await house?.leave();
    await real?.stop();
    await hand?.stop();
    await other?.stop();
  });

  it('here leads to the provider, which signs out there and leads back', async () => {
    await real.signsIn('ada', person);
    const { browser } = await signIn(house);
    const ended = await browser.go(`${house.origin}/api/v1/sessions/current/end`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    expect(ended.status).toBe(200);
    const { provider_logout_url: url } = JSON.parse(ended.text) as { provider_logout_url: string };
    expect(url.startsWith(`${real.issuer}/session/end?`)).toBe(true);
    expect([...new URL(url).searchParams.keys()].sort()).toEqual(['client_id', 'post_logout_redirect_uri']);
    expect(await sessionOf(house.origin, browser)).toBeNull();
    const { location } = await real.signOut(browser, url);
    expect(location).toBe(`${house.origin}/console/sign-in`);
  });

  it('at the provider ends the session on every process before the provider is answered, and no other', async () => {
    const [business] = house.businesses;
    await real.signsIn('ada', person);
    const [here, elsewhere] = [await signIn(house), await signIn(house)];
    const onOther = async () => sessionOf(anotherUrl, here.browser);
    expect(await onOther()).not.toBeNull();
    const session = await sessionOf(house.origin, here.browser);
    await real.signOut(here.browser);
    expect(await onOther()).toBeNull();
    expect(await sessionOf(house.origin, here.browser)).toBeNull();
    expect(await sessionOf(house.origin, elsewhere.browser)).not.toBeNull();
    const ended = await house.events(business!, 'session.ended');
    expect(ended[0]).toMatchObject({ target: { id: session!.id } });
  });

  /** A session of the provider of the tests, which signs whatever it is told to. */
  const aSession = (sub: string, sid?: string): Promise<Browser> =>
    signsInByHand(house.origin, hand, { sub, ...(sid === undefined ? {} : { sid }) });
  const logoutToken = (
    changes: JWTPayload,
    header: Record<string, unknown> = {},
    provider = hand,
  ): Promise<string> => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: hand.issuer,
      aud: 'rescind',
      iat: now,
      exp: now + 60,
      jti: randomUUID(),
      events: { [EVENT]: {} },
    };
    return provider.sign({ ...claims, ...changes }, { typ: 'logout+jwt', ...header });
  };
  const send = (token: string | null, { origin = house.origin, id = 'hand' } = {}) =>
    new Browser().go(`${origin}/sign-in/oidc/${id}/back-channel-logout`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: token === null ? '' : new URLSearchParams({ logout_token: token }).toString(),
    });

  it('by the subject ends every session of the person; by the session that one alone', async () => {
    const browsers = [await aSession('bea', 's1'), await aSession('bea', 's2'), await aSession('carl', 's3')];
    const open = async () =>
      Promise.all(browsers.map(async (browser) => (await sessionOf(anotherUrl, browser)) !== null));
    const answer = await send(await logoutToken({ sid: 's1' }));
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await open()).toEqual([false, true, true]);
    expect((await send(await logoutToken({ sub: 'bea' }))).status).toBe(200);
    expect(await open()).toEqual([false, false, true]);
    expect((await send(await logoutToken({ sub: 'nobody' }))).status).toBe(200);
    expect(await open()).toEqual([false, false, true]);
  });

  it('by a subject or a session of one provider ends nobody’s of another, who may have the same names', async () => {
    const there = { sub: 'gus', sid: 'g1', email: 'gus@other.example' };
    const [mine, theirs] = [
      await aSession('gus', 'g1'),
      await signsInByHand(house.origin, other, there, { id: 'other' }),
    ];
    const open = async () =>
      Promise.all([mine, theirs].map(async (browser) => (await sessionOf(anotherUrl, browser)) !== null));
    const ofOther = (claims: JWTPayload) => logoutToken({ iss: other.issuer, ...claims }, {}, other);
    expect((await send(await ofOther({ sub: 'gus', sid: 'g2' }), { id: 'other' })).status).toBe(200);
    expect(await open()).toEqual([true, true]);
    // The word of one provider is not that of another, at whichever address.
    for (const id of ['hand', 'other']) {
      const foreign = id === 'hand' ? await ofOther({ sub: 'gus' }) : await logoutToken({ sub: 'gus' });
      expect((await send(foreign, { id })).status).toBe(400);
    }
    expect(await open()).toEqual([true, true]);
    expect((await send(await logoutToken({ sid: 'g1' }))).status).toBe(200);
    expect(await open()).toEqual([false, true]);
    expect((await send(await ofOther({ sub: 'gus' }), { id: 'other' })).status).toBe(200);
    expect(await open()).toEqual([false, false]);
  });

  it('by a session and its subject ends that one, those of the subject that the provider gave no name, and no other', async () => {
    const browsers = [
      await aSession('hal', 'h1'),
      await aSession('hal', 'h2'),
      await aSession('hal'),
      await aSession('ida'),
    ];
    const open = async () =>
      Promise.all(browsers.map(async (browser) => (await sessionOf(anotherUrl, browser)) !== null));
    expect((await send(await logoutToken({ sub: 'hal', sid: 'h1' }))).status).toBe(200);
    expect(await open()).toEqual([false, true, false, true]);
    expect((await send(await logoutToken({ sub: 'hal', sid: 'h9' }))).status).toBe(200);
    expect(await open()).toEqual([false, true, false, true]);
  });

  it.each<[string, JWTPayload, string | undefined]>([
    ['of their session', { sid: 'j1' }, 'j1'],
    ['of all that they have', { sub: 'jo' }, 'j2'],
    ['of all that they have, where sessions have no names', { sub: 'jo' }, undefined],
    ['of a session that has no name here', { sub: 'jo', sid: 'j3' }, undefined],
  ])('ends what is being opened meanwhile: %s', async (_, meant, sid) => {
    const sub = randomUUID();
    const claims = { sub, ...(sid === undefined ? {} : { sid: sid + sub }) };
    const said = {
      ...(meant.sub === undefined ? {} : { sub }),
      ...(meant.sid === undefined ? {} : { sid: (meant.sid as string) + sub }),
    };
    const { browser, callback } = await comesBack(house.origin, hand, claims);
    expect((await send(await logoutToken(said), { origin: anotherUrl })).status).toBe(200);
    expect((await browser.go(callback)).location).toBe(house.failure('attempt_expired', 'hand'));
    expect(await sessionOf(house.origin, browser)).toBeNull();
    await house.failed(house.businesses[0]!, 'signed_out_meanwhile');
    // At the same moment, in whichever order.
    const late = await comesBack(house.origin, hand, claims);
    await Promise.all([
      send(await logoutToken(said), { origin: anotherUrl }),
      late.browser.go(late.callback),
    ]);
    expect(await sessionOf(anotherUrl, late.browser)).toBeNull();
    // Whoever begins after it is let in, with a session of another name.
    const anew = { ...claims, ...(sid === undefined ? {} : { sid: randomUUID() }) };
    const again = await waitFor('a sign-in that began after it', () =>
      signsInByHand(house.origin, hand, anew),
    );
    expect(await sessionOf(house.origin, again)).not.toBeNull();
  });

  it('is answered once for each logout token, by whichever process', async () => {
    const token = await logoutToken({ sub: 'dora' });
    const answers = await Promise.all([send(token), send(token, { origin: anotherUrl }), send(token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    const browser = await waitFor('a sign-in that began after it', () => aSession('dora'));
    expect((await send(token)).status).toBe(400);
    expect(await sessionOf(house.origin, browser)).not.toBeNull();
  });

  it('ends also the session that is being opened meanwhile', async () => {
    await send(await logoutToken({ sid: 'ended-before' }));
    const opened = aSession('eve', 'ended-before');
    await expect(opened).rejects.toThrow(/attempt_expired/);
  });

  it.each<[string, () => Promise<string | null> | string | null]>([
    ['of another type', () => logoutToken({ sub: 'fay' }, { typ: 'JWT' })],
    ['of no type', () => logoutToken({ sub: 'fay' }, { typ: undefined })],
    ['for another client', () => logoutToken({ sub: 'fay', aud: 'another' })],
    ['of another issuer', () => logoutToken({ sub: 'fay', iss: real.issuer })],
    ['with a nonce', () => logoutToken({ sub: 'fay', nonce: 'n' })],
    ['without the event', () => logoutToken({ sub: 'fay', events: {} })],
    ['with the event as a text', () => logoutToken({ sub: 'fay', events: { [EVENT]: 'yes' } })],
    ['without an id', () => logoutToken({ sub: 'fay', jti: undefined })],
    ['about nobody', () => logoutToken({})],
    ['that has expired', () => logoutToken({ sub: 'fay', iat: 1, exp: 2 })],
    ['that is old, and says that it is good for ever', () => logoutToken({ sub: 'fay', iat: 1, exp: 9e9 })],
    ['from the future', () => logoutToken({ sub: 'fay', iat: Math.floor(Date.now() / 1000) + 60, exp: 9e9 })],
    ['signed with another key', () => hand.forge({ sub: 'fay', iss: hand.issuer, aud: 'rescind', iat: Math.floor(Date.now() / 1000), exp: 9e9, jti: 'x', events: { [EVENT]: {} } }, { typ: 'logout+jwt' })], // prettier-ignore
    [
      'signed with nothing',
      () => hand.unsigned({ sub: 'fay', iss: hand.issuer, aud: 'rescind', events: { [EVENT]: {} } }),
    ],
    ['that is none', () => 'x'],
    ['that is missing', () => null],
  ])('takes no logout token %s', async (_, token) => {
    const browser = await aSession('fay');
    const answer = await send(await token());
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([400, 'no-store']);
    expect(await sessionOf(house.origin, browser)).not.toBeNull();
  });

  it('of a provider that there is not is no route, and refusals are in the log', async () => {
    expect((await send('x', { id: 'none' })).status).toBe(404);
    await house.failed(null, 'logout_token_invalid');
  });

  it('is heard however many of one provider sign out; who sends bad or used tokens is not', async () => {
    const { url: origin } = await house.another({
      RESCIND_FAILED_AUTH_LIMIT: '60',
      RESCIND_OPEN_ROUTE_LIMIT: '600',
    });
    const [last, used] = [await aSession('zoe', 'z700'), await logoutToken({ sid: 'z0' })];
    expect((await send(used, { origin })).status).toBe(200);
    const many = Array.from({ length: 699 }, (_, index) => `z${index + 1}`);
    const answers = new Set<number>();
    for (let at = 0; at < many.length; at += 50)
      for (const { status } of await Promise.all(
        many.slice(at, at + 50).map(async (sid) => send(await logoutToken({ sid }), { origin })),
      ))
        answers.add(status);
    expect([...answers]).toEqual([200]);
    expect((await send(await logoutToken({ sid: 'z700' }), { origin })).status).toBe(200);
    expect(await sessionOf(house.origin, last)).toBeNull();
    for (let count = 0; count < 60; count++)
      expect((await send(count % 2 === 0 ? used : 'rubbish', { origin })).status).toBe(400);
    const refused = await send(await logoutToken({ sid: 'z701' }), { origin });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  }, 120_000);
});
