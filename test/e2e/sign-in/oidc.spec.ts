import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aMember, aToken } from '../../support/factories.js';
import { Browser } from '../../support/oidc/browser.js';
import { startProvider, type RealProvider } from '../../support/oidc/real-provider.js';
import { aSignInHouse, sessionOf, signIn, type SignInHouse } from '../../support/oidc/sign-in-house.js';
import { sql } from '../../support/databases.js';

const ATTEMPT = '__Host-rescind-sign-in';

describe('a sign-in at an OpenID provider', () => {
  let provider: RealProvider;
  let house: SignInHouse;
  beforeAll(async () => {
    house = await aSignInHouse(async ([one, other], origin) => {
      provider = await startProvider(origin);
      const { issuer, clientId, clientSecret } = provider;
      const role = (group: string, business_id: string | undefined, its: string) => ({
        group,
        business_id,
        role: its,
      });
      const base = {
        issuer,
        client_id: clientId,
        client_secret: clientSecret,
        create_members: true,
        post_logout: true,
      };
      const roles = [
        role('staff', one?.id, 'developer'),
        role('admins', one?.id, 'admin'),
        role('other', other?.id, 'auditor'),
      ];
      return [{ id: 'corp', name: 'Corp SSO', ...base, roles }];
    });
  });
  afterAll(async () => {
    await house?.leave();
    await provider?.stop();
  });

  const ada = {
    email: 'Ada@example.com',
    email_verified: true,
    name: 'Ada Park',
    groups: ['staff', 'admins', 'x'],
  };

  it('is offered to whoever asks how people can sign in', async () => {
    const { text } = await new Browser().go(`${house.origin}/api/v1/sessions/sign-in`);
    expect(JSON.parse(text)).toEqual({
      token: true,
      oidc: [{ id: 'corp', name: 'Corp SSO' }],
      recovery: true,
    });
  });

  it('makes a member of a person with a verified e-mail address, with the highest role of their groups', async () => {
    await provider.signsIn('ada', ada);
    const { browser, url, steps } = await signIn(house, {
      query: '?return_to=/console/tokens%3Fq%3Dx%23top',
    });
    expect(url).toBe(`${house.origin}/console/tokens?q=x#top`);
    const [business] = house.businesses;
    const session = await sessionOf(house.origin, browser);
    expect(session).toMatchObject({
      person: { kind: 'user', name: 'Ada Park', email: 'ada@example.com' },
      role: 'admin',
      business: { id: business?.id },
      signed_in_with: 'oidc',
    });
    const cookies = steps
      .flatMap(({ setCookies }) => setCookies)
      .filter((each) => each.startsWith('__Host-'));
    expect(cookies).toHaveLength(3);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; ?Secure/i);
      expect(cookie).toMatch(/; ?HttpOnly/i);
      expect(cookie).toMatch(/; ?SameSite=Lax/i);
      expect(cookie).toMatch(/; ?Path=\/(;|$)/i);
      expect(cookie).not.toMatch(/domain=/i);
    }
    expect(browser.cookies.has(ATTEMPT)).toBe(false);
    expect(steps.at(-1)?.headers.get('cache-control')).toBe('no-store');
    expect(steps.at(-1)?.headers.get('referrer-policy')).toBe('no-referrer');
    const [added] = await house.events(business!, 'member.added');
    expect(added).toMatchObject({
      actor: { kind: 'system' },
      details: { email: 'ada@example.com', role: 'admin', provider: 'corp' },
    });
    const [linked] = await house.events(business!, 'member.account_linked');
    expect(linked?.details).toEqual({ issuer: provider.issuer, subject: 'ada', provider: 'corp' });
    const [opened] = await house.events(business!, 'session.opened');
    expect(opened?.details).toMatchObject({ method: 'oidc', issuer: provider.issuer, subject: 'ada' });
  });

  it('finds the same member again, whatever their e-mail address is by then', async () => {
    const [business] = house.businesses;
    await provider.signsIn('ada', { ...ada, email: 'ada@other.example', name: 'Someone' });
    const { browser } = await signIn(house);
    const session = await sessionOf(house.origin, browser);
    expect(session?.person).toMatchObject({ name: 'Ada Park', email: 'ada@example.com' });
    const { body } = await business!.api.get<{ items: { id: string }[] }>('/api/v1/members', {
      email: 'ada@example.com',
    });
    expect(body.items.map(({ id }) => id)).toEqual([session?.person.id]);
  });

  it('sends a PKCE challenge, a state and a nonce, each of its own', async () => {
    const starts = await Promise.all([1, 2].map(() => new Browser().go(`${house.origin}/sign-in/oidc/corp`)));
    const queries = starts.map(({ status, location }) => {
      expect(status).toBe(303);
      return Object.fromEntries(new URL(location!).searchParams);
    });
    for (const query of queries)
      expect(query).toMatchObject({
        client_id: 'rescind',
        redirect_uri: `${house.origin}/sign-in/oidc/corp/callback`,
        response_type: 'code',
        code_challenge_method: 'S256',
        code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      });
    for (const each of ['state', 'nonce', 'code_challenge'])
      expect(queries[0]?.[each]).not.toBe(queries[1]?.[each]);
    expect(starts[0]?.text).toBe('');
  });

  it('leads to no other place than the console', async () => {
    await provider.signsIn('ada', ada);
    for (const bad of [
      '//evil.example/console/',
      'https://evil.example/console/',
      '/console/..%2f..//evil.example',
      '/console//evil.example',
      '/console\\evil',
      '/console/\\evil.example',
      '/docs/native-json',
      'console/',
      '/console/%0d%0aset-cookie:a=b'.replaceAll('%0', '%250'),
    ]) {
      // prettier-ignore
      const { url } = await signIn(house, { query: `?return_to=${bad.includes('%') ? bad : encodeURIComponent(bad)}` });
      expect(new URL(url).origin).toBe(house.origin);
      expect(new URL(url).pathname.startsWith('/console/')).toBe(true);
      expect(url).not.toMatch(/evil/);
    }
  });

  it('leads back to Swagger UI, for whoever comes from there', async () => {
    await provider.signsIn('ada', ada);
    const page = '/docs?urls.primaryName=Rescind#/tokens/issueToken';
    const asked = `?return_to=${encodeURIComponent(page)}`;
    const browser = new Browser();
    const { url } = await browser.follow(`${house.origin}/sign-in/oidc/corp${asked}`, (each) =>
      each.startsWith(`${house.origin}/docs`),
    );
    expect(url).toBe(house.origin + page);
    expect(await sessionOf(house.origin, browser)).toMatchObject({ signed_in_with: 'oidc' });
  });

  it('is refused to another browser than the one that began it, and leaves that one its attempt', async () => {
    await provider.signsIn('ada', ada);
    const victim = new Browser();
    const callback = `${house.origin}/sign-in/oidc/corp/callback`;
    const { url } = await victim.follow(`${house.origin}/sign-in/oidc/corp`, (each) =>
      each.startsWith(callback),
    );
    const stranger = await new Browser().go(url);
    expect(stranger).toMatchObject({ status: 303, location: house.failure('attempt_expired') });
    expect(stranger.setCookies.join()).not.toContain('__Host-rescind=');
    expect((await victim.go(url)).location).toBe(`${house.origin}/console/`);
    expect(await sessionOf(house.origin, victim)).not.toBeNull();
    const failed = await house.failed(null, 'no_attempt');
    expect(failed.details).toMatchObject({ method: 'oidc', provider: 'corp', subject: null });
  });

  it('is done once: by no process again, also with the cookie of the attempt', async () => {
    await provider.signsIn('ada', ada);
    const browser = new Browser();
    const callback = `${house.origin}/sign-in/oidc/corp/callback`;
    const { url } = await browser.follow(`${house.origin}/sign-in/oidc/corp`, (each) =>
      each.startsWith(callback),
    );
    const attempt = browser.cookies.get(ATTEMPT)!;
    const replay = async (origin: string) => {
      const again = new Browser();
      again.cookies.set(ATTEMPT, attempt);
      return again.go(url.replace(house.origin, origin));
    };
    const other = await house.another();
    const answers = await Promise.all([
      replay(house.origin),
      replay(other.url),
      replay(house.origin),
      replay(other.url),
    ]);
    const led = answers.map(({ location }) => new URL(location!).pathname + new URL(location!).search).sort();
    expect(led).toEqual([
      '/console/',
      ...Array.from({ length: 3 }, () => '/console/sign-in?error=attempt_expired&provider=corp'),
    ]);
    await house.failed(null, 'attempt_used');
  });

  it('is refused with another state, which leaves the attempt as it was', async () => {
    await provider.signsIn('ada', ada);
    const browser = new Browser();
    const callback = `${house.origin}/sign-in/oidc/corp/callback`;
    const { url } = await browser.follow(`${house.origin}/sign-in/oidc/corp`, (each) =>
      each.startsWith(callback),
    );
    const attempt = browser.cookies.get(ATTEMPT)!;
    const state = new URL(url).searchParams.get('state')!;
    for (const changed of [
      url.replace(state, 'x'.repeat(state.length)),
      url.replace(/state=[^&]+/, ''),
      `${url}&state=${state}`,
    ]) {
      browser.cookies.set(ATTEMPT, attempt);
      expect((await browser.go(changed)).location).toBe(house.failure('sign_in_refused'));
    }
    browser.cookies.set(ATTEMPT, attempt);
    expect((await browser.go(url.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example'))).location).toBe(
      house.failure('sign_in_refused'),
    );
    await house.failed(null, 'other_state');
    await house.failed(null, 'other_issuer');
  });

  it('that the provider denies is told and recorded, and so is a code that it never gave', async () => {
    await provider.signsIn(null);
    const denied = await signIn(house);
    expect(denied.url).toBe(house.failure('sign_in_refused'));
    await provider.signsIn('ada', ada);
    const browser = new Browser();
    const callback = `${house.origin}/sign-in/oidc/corp/callback`;
    const { url } = await browser.follow(`${house.origin}/sign-in/oidc/corp`, (each) =>
      each.startsWith(callback),
    );
    const { location } = await browser.go(url.replace(/code=[^&]+/, 'code=guessed'));
    expect(location).toBe(house.failure('sign_in_refused'));
    await house.failed(null, 'denied_by_provider');
    expect(JSON.stringify(await house.failed(null, 'code_refused'))).not.toMatch(/guessed/);
  });

  it('takes nobody for a member because of an e-mail address, until an administrator links the account', async () => {
    const [business] = house.businesses;
    const member = await aMember(business!, 'admin');
    await provider.signsIn('mallory', { email: member.email, email_verified: true, groups: ['staff'] });
    const refused = await signIn(house);
    expect(refused.url).toBe(house.failure('account_not_linked'));
    expect(await sessionOf(house.origin, refused.browser)).toBeNull();
    const failed = await house.failed(business!, 'email_of_another_member');
    expect(failed.details).toEqual({
      ...{ method: 'oidc', provider: 'corp', failure: 'email_of_another_member', count: 1 },
      ...{ issuer: provider.issuer, subject: 'mallory' },
    });
    const accounts = `/api/v1/members/${member.id}/accounts`;
    const link = await business!.api.post(accounts, { issuer: provider.issuer, subject: 'mallory' });
    expect(link.status).toBe(201);
    const { browser } = await signIn(house);
    // Of the mapped role and the one that was given, the lower.
    expect(await sessionOf(house.origin, browser)).toMatchObject({
      person: { id: member.id },
      role: 'developer',
    });
    expect((await business!.api.get(accounts)).body).toEqual({ items: [link.body] });
    const gone = await business!.api.delete(`${accounts}/${(link.body as { id: string }).id}`);
    expect(gone.status).toBe(200);
    expect((await signIn(house)).url).toBe(house.failure('account_not_linked'));
  });

  it('makes no member without an e-mail address that the provider says to have verified', async () => {
    for (const claims of [
      {},
      { email: 'b@example.com' },
      { email: 'b@example.com', email_verified: false },
      { email: 'b@example.com', email_verified: 'true' },
    ]) {
      // prettier-ignore
      await provider.signsIn('bob', { ...claims, groups: ['staff'] });
      expect((await signIn(house)).url).toBe(house.failure('account_not_linked'));
    }
  });

  it('shows no name that hides what it holds', async () => {
    for (const [index, name] of ['Eve \u202edrowssap', '<script>alert(1)</script>'].entries()) {
      const email = `eve${index}@example.com`;
      await provider.signsIn(`eve${index}`, { email, email_verified: true, name, groups: ['staff'] });
      const session = await sessionOf(house.origin, (await signIn(house)).browser);
      expect(session?.person.name).toBe(index === 0 ? email : name);
    }
  });

  it('does not bring back a member who was removed', async () => {
    const [business] = house.businesses;
    const person = { email: 'gone@example.com', email_verified: true, groups: ['staff'] };
    await provider.signsIn('gone', person);
    const { browser } = await signIn(house);
    const session = await sessionOf(house.origin, browser);
    await business!.api.delete(`/api/v1/members/${session!.person.id}`);
    expect(await sessionOf(house.origin, browser)).toBeNull();
    expect((await signIn(house)).url).toBe(house.failure('not_a_member'));
    expect((await house.failed(business!, 'member_removed')).details.subject).toBe('gone');
    const successor = await aMember(business!);
    const link = { issuer: provider.issuer, subject: 'gone' };
    expect((await business!.api.post(`/api/v1/members/${successor.id}/accounts`, link)).status).toBe(201);
    expect((await sessionOf(house.origin, (await signIn(house)).browser))?.person.id).toBe(successor.id);
  });

  it('is to the business that is asked for, or named by the page that was looked for', async () => {
    const [one, other] = house.businesses;
    await provider.signsIn('carol', {
      email: 'carol@example.com',
      email_verified: true,
      groups: ['staff', 'other'],
    });
    const inBusiness = async (query: string) =>
      (await sessionOf(house.origin, (await signIn(house, { query })).browser))?.business.id;
    expect(await inBusiness(`?business=${other!.id}`)).toBe(other!.id);
    expect(await inBusiness(`?return_to=/console/b/${one!.id}/tokens`)).toBe(one!.id);
    // The one that was linked first.
    expect(await inBusiness('')).toBe(other!.id);
    const stranger = await signIn(house, { query: '?business=00000000-0000-7000-8000-000000000000' });
    expect(stranger.url).toBe(house.failure('not_a_member'));
  });

  it('is refused for a suspended business', async () => {
    const [, other] = house.businesses;
    const suspend = `/api/v1/admin/businesses/${other!.id}/suspend`;
    await provider.signsIn('dora', { email: 'dora@example.com', email_verified: true, groups: ['other'] });
    await signIn(house);
    await other!.api.within(null).post(suspend, {});
    expect((await signIn(house)).url).toBe(house.failure('business_suspended'));
    await other!.api.within(null).post(suspend.replace('/suspend', '/resume'), {});
    expect((await signIn(house)).url).toBe(`${house.origin}/console/`);
  });

  it('at a provider that there is not is told to be no route', async () => {
    for (const path of ['/sign-in/oidc/none', '/sign-in/oidc/none/callback?state=x'])
      expect((await new Browser().go(house.origin + path)).status).toBe(404);
  });

  it('leaves no code, token, state, nonce or verifier in the log, the database or the events', async () => {
    await provider.signsIn('ada', ada);
    const { steps } = await signIn(house);
    const sent = steps.flatMap(({ location }) => [...new URL(location ?? house.origin).searchParams]);
    const secrets = sent
      .filter(([name]) => ['code', 'state', 'nonce'].includes(name))
      .map(([, value]) => value);
    expect(new Set(secrets).size).toBe(3);
    const written = house.rescind.logs();
    const rows = await sql<{ row: string }>(house.superuserUrl, 'SELECT e::text AS row FROM audit_events e');
    for (const secret of secrets) {
      expect(written).not.toContain(secret);
      expect(JSON.stringify(rows)).not.toContain(secret);
    }
  });

  it('gives no session that an API token could be, and no token that a session could be', async () => {
    const [business] = house.businesses;
    await provider.signsIn('ada', ada);
    const { browser } = await signIn(house);
    const { body } = await business!.api.post<{ active: boolean }>('/api/v1/tokens/verify', {
      token: browser.cookies.get('__Host-rescind'),
    });
    expect(body.active).toBe(false);
    const { secret } = await aToken(business!);
    const other = new Browser();
    other.cookies.set('__Host-rescind', secret);
    expect(await sessionOf(house.origin, other)).toBeNull();
  });
});
