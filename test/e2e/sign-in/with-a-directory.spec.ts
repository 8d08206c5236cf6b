import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import { Api } from '../../support/api.js';
import { anIdentity, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { startBrokenProvider, type BrokenProvider } from '../../support/oidc/broken-provider.js';
import type { Browser } from '../../support/oidc/browser.js';
import { comesBack, signsInByHand } from '../../support/oidc/by-hand.js';
import { aSignInHouse, sessionOf, type SignInHouse } from '../../support/oidc/sign-in-house.js';
import { aSession, type TestSession } from '../../support/session.js';
import { Directory } from '../scim/scim-world.js';

/** Somebody whom the directory provides, and who signs in at the provider. */
interface Provided {
  id: string;
  email: string;
  subject: string;
  browser: Browser;
  /** Opened with the token below. */
  byToken: TestSession;
  token: TestToken;
}

describe('people whom a directory provides and a provider signs in', () => {
  let hand: BrokenProvider;
  let house: SignInHouse;
  let business: TestBusiness;
  let directory: Directory;
  let anotherUrl: string;
  beforeAll(async () => {
    hand = await startBrokenProvider();
    house = await aSignInHouse(
      ([, mapped]) => [
        {
          ...{ id: 'hand', issuer: hand.issuer, client_id: 'rescind', create_members: true },
          roles: [{ group: 'staff', business_id: mapped?.id, role: 'developer' }],
        },
      ],
      { count: 2 },
    );
    [business] = house.businesses as [TestBusiness];
    anotherUrl = (await house.another()).url;
    directory = await directoryOf(business);
    await directory.map({ developers: 'developer', admins: 'admin' }, 'developer');
  }, 120_000);
  afterAll(async () => {
    await house?.leave();
    await hand?.stop();
  });

  async function directoryOf(of: TestBusiness): Promise<Directory> {
    const { id: identityId } = await anIdentity(of, 'owner');
    const { secret } = await aToken(of, { identityId, scopes: ['rescind:directory:write'] });
    return new Directory(of, house.origin, secret);
  }
  const link = async (id: string, subject: string, of = business): Promise<void> => {
    const account = { issuer: hand.issuer, subject };
    expect((await of.api.post(`/api/v1/members/${id}/accounts`, account)).status).toBe(201);
  };
  const signIn = (subject: string, claims: object = {}): Promise<Browser> =>
    signsInByHand(
      house.origin,
      hand,
      { sub: subject, groups: [], ...claims },
      {
        query: `?business=${business.id}`,
      },
    );

  async function provided(): Promise<Provided> {
    const subject = randomUUID();
    const email = `${subject}@example.com`;
    const id = await directory.aUser(email);
    await link(id, subject);
    const token = await aToken(business, { member: { id, email, role: 'developer' } });
    return {
      ...{ id, email, subject, token },
      browser: await signIn(subject),
      byToken: await aSession(token.api),
    };
  }

  /** On the one process and on the other: the session by the provider, the one by a token, the token itself. */
  const answers = async ({ browser, byToken, token }: Provided): Promise<boolean[]> => {
    const each = [house.origin, anotherUrl].map((url) => [
      sessionOf(url, browser).then((session) => session !== null),
      byToken.api
        .at(url)
        .get('/api/v1/sessions/current')
        .then(({ status }) => status === 200),
      new Api(url, token.secret, business.id).get('/api/v1/tokens').then(({ status }) => status === 200),
    ]);
    return Promise.all(each.flat());
  };
  const [GOOD, REFUSED] = [true, false].map((good) => Array.from({ length: 6 }, () => good));

  const patch = (operation: object) => (person: Provided) =>
    directory.patch(`/Users/${person.id}`, operation);
  const put = (active: unknown) => (person: Provided) =>
    directory.ask('PUT', `/Users/${person.id}`, { schemas: [USER_SCHEMA], userName: person.email, active });

  it.each<[string, (person: Provided) => ReturnType<Directory['ask']>]>([
    ['Okta, without a path', patch({ op: 'replace', value: { active: false } })],
    ['Okta, with the whole profile', put(false)],
    ['Entra ID, as a string', patch({ op: 'Replace', path: 'active', value: 'False' })],
    ['Entra ID, as a boolean', patch({ op: 'Replace', path: 'active', value: false })],
    [
      'Entra ID, as it did earlier',
      patch({ op: 'Replace', path: 'active', value: [{ $ref: null, value: 'False' }] }),
    ],
    ['Entra ID, by adding it', patch({ op: 'Add', path: 'active', value: 'false' })],
    ['Entra ID, by its whole name', patch({ op: 'Replace', path: `${USER_SCHEMA}:active`, value: false })],
    [
      'either, by its whole name without a path',
      patch({ op: 'Replace', value: { [`${USER_SCHEMA}:active`]: 'FALSE' } }),
    ],
    ['either, with the whole profile and a string', put('False')],
  ])(
    'are refused on every process before %s is answered that they are not active, and stay so',
    async (_, end) => {
      const person = await provided();
      expect(await answers(person)).toEqual(GOOD);
      const answer = await end(person);
      expect(await answers(person)).toEqual(REFUSED);
      expect([answer.status, answer.body.active]).toEqual([200, false]);
      await expect(signIn(person.subject)).rejects.toThrow(/not_a_member/);
      const back = await directory.patch(`/Users/${person.id}`, { op: 'replace', value: { active: true } });
      expect([back.status, back.body.active]).toEqual([200, true]);
      // Whoever comes back starts anew: with the account, and with nothing of before.
      expect(await answers(person)).toEqual(REFUSED);
      const again = await signIn(person.subject);
      expect((await sessionOf(anotherUrl, again))?.person.id).toBe(person.id);
      expect(await answers(person)).toEqual(REFUSED);
    },
  );

  it('are told of in the log: what ended, of which kind, and why', async () => {
    const person = await provided();
    const ids = [
      (await sessionOf(house.origin, person.browser))!.id,
      person.byToken.id,
      person.token.id,
    ].sort();
    await directory.patch(`/Users/${person.id}`, { op: 'replace', value: { active: false } });
    const revoked = (await house.events(business, 'token.revoked')).filter(({ target }) =>
      ids.includes(target.id ?? ''),
    );
    expect(revoked.map(({ target }) => target.id).sort()).toEqual(ids);
    for (const { details, target } of revoked)
      expect(details).toMatchObject({
        cause: 'owner',
        ...(target.id === person.token.id ? {} : { is_session: true }),
      });
    const [deactivated] = await house.events(business, 'member.deactivated');
    expect(deactivated).toMatchObject({ target: { id: person.id }, details: { tokens_revoked: 1 } });
    for (const id of ids.filter((each) => each !== person.token.id))
      expect((await business.api.get(`/api/v1/sessions/${id}/receipt`)).status).toBe(200);
  });

  it('are refused when the directory deletes them, and are strangers when it makes them anew', async () => {
    const person = await provided();
    const { status } = await directory.ask('DELETE', `/Users/${person.id}`);
    expect(await answers(person)).toEqual(REFUSED);
    expect(status).toBe(204);
    const successor = await directory.aUser(person.email);
    expect(successor).not.toBe(person.id);
    // The account is the earlier member's until somebody says otherwise, whatever the e-mail address.
    await expect(signIn(person.subject)).rejects.toThrow(/not_a_member/);
    await link(successor, person.subject);
    expect((await sessionOf(house.origin, await signIn(person.subject)))?.person.id).toBe(successor);
    expect(await answers(person)).toEqual(REFUSED);
  });

  it('may do at the next request of their session what their groups say then', async () => {
    const person = await provided();
    const groups = {
      admins: await directory.aGroup('admins'),
      developers: await directory.aGroup('developers'),
    };
    const change = (group: string, op: 'add' | 'remove') =>
      op === 'add'
        ? directory.patch(`/Groups/${group}`, { op, path: 'members', value: [{ value: person.id }] })
        : directory.patch(`/Groups/${group}`, { op, path: `members[value eq "${person.id}"]` });
    const onBoth = async () =>
      Promise.all(
        [house.origin, anotherUrl].map(async (url) => {
          const { status } = await person.browser.go(`${url}/api/v1/members`, {
            headers: { 'x-business-id': business.id },
          });
          const { text } = await person.browser.go(`${url}/api/v1/sessions/current`);
          const { role, scopes } = JSON.parse(text) as { role: string; scopes: string[] };
          return [role, status, scopes.includes('rescind:members:write')];
        }),
      );
    await change(groups.admins, 'add');
    expect(await onBoth()).toEqual([
      ['admin', 200, true],
      ['admin', 200, true],
    ]);
    await change(groups.developers, 'add');
    await change(groups.admins, 'remove');
    expect(await onBoth()).toEqual([
      ['developer', 403, false],
      ['developer', 403, false],
    ]);
    expect((await directory.ask('DELETE', `/Groups/${groups.developers}`)).status).toBe(204);
    await directory.map({ admins: 'admin' }, 'no-access');
    const [session] = await Promise.all([sessionOf(anotherUrl, person.browser)]);
    expect(session?.role).not.toBe('admin');
    await directory.map({ developers: 'developer', admins: 'admin' }, 'developer');
  });

  it('are not one person because of an e-mail address, whichever of the two came first', async () => {
    const of = house.businesses[1]!;
    const there = await directoryOf(of);
    const email = `${randomUUID()}@example.com`;
    const id = await there.aUser(email);
    const query = `?business=${of.id}`;
    const claims = { sub: 'whoever', email, email_verified: true, groups: ['staff'] };
    const { browser, callback } = await comesBack(house.origin, hand, claims, { query });
    expect((await browser.go(callback)).location).toBe(house.failure('account_not_linked', 'hand'));
    expect(await sessionOf(house.origin, browser)).toBeNull();
    await link(id, 'whoever', of);
    const linked = await signsInByHand(house.origin, hand, claims, { query });
    expect((await sessionOf(house.origin, linked))?.person.id).toBe(id);
    // Another subject with the same address is another person.
    await expect(signsInByHand(house.origin, hand, { ...claims, sub: 'another' }, { query })).rejects.toThrow(
      /account_not_linked/,
    );
  });

  it('who signed in before the directory knew them are ended by it like all others', async () => {
    const of = house.businesses[1]!;
    const there = await directoryOf(of);
    const email = `${randomUUID()}@example.com`;
    const claims = { sub: randomUUID(), email, email_verified: true, groups: ['staff'] };
    const browser = await signsInByHand(house.origin, hand, claims, { query: `?business=${of.id}` });
    const { body } = await there.find('Users', `userName eq "${email}"`);
    const { id } = body.Resources[0] as { id: string };
    expect((await sessionOf(anotherUrl, browser))?.person.id).toBe(id);
    await there.patch(`/Users/${id}`, { op: 'replace', value: { active: false } });
    expect(await sessionOf(anotherUrl, browser)).toBeNull();
  });

  it('while they are deactivated open no session, in whichever order the two come', async () => {
    const person = await provided();
    const off = { op: 'replace', value: { active: false } };
    const backs = await Promise.all(
      [1, 2, 3].map(async () => {
        const { browser, callback } = await comesBack(
          house.origin,
          hand,
          { sub: person.subject, groups: [] },
          {
            query: `?business=${business.id}`,
          },
        );
        return { browser, callback };
      }),
    );
    await Promise.all([
      ...backs.map(({ browser, callback }) => browser.go(callback)),
      directory.patch(`/Users/${person.id}`, off),
    ]);
    for (const { browser } of backs) expect(await sessionOf(anotherUrl, browser)).toBeNull();
    expect(await answers(person)).toEqual(REFUSED);
  });

  it('and a machine identity with a session: disabled, it is refused everywhere, and enabled it revives nothing', async () => {
    const { id: identityId } = await anIdentity(business, 'admin');
    const token = await aToken(business, { identityId });
    const session = await aSession(token.api);
    const statuses = () =>
      Promise.all(
        [house.origin, anotherUrl].map(
          async (url) => (await session.api.at(url).get('/api/v1/sessions/current')).status,
        ),
      );
    expect(await statuses()).toEqual([200, 200]);
    await business.api.post(`/api/v1/identities/${identityId}/disable`, {});
    expect(await statuses()).toEqual([401, 401]);
    await business.api.post(`/api/v1/identities/${identityId}/enable`, {});
    expect(await statuses()).toEqual([401, 401]);
  });

  it('and the sessions of a suspended business: refused everywhere, whoever opened them how', async () => {
    const person = await provided();
    const suspend = `/api/v1/admin/businesses/${business.id}`;
    await business.api.within(null).post(`${suspend}/suspend`, {});
    try {
      expect(await answers(person)).toEqual(REFUSED);
      await expect(signIn(person.subject)).rejects.toThrow(/business_suspended/);
    } finally {
      await business.api.within(null).post(`${suspend}/resume`, {});
    }
    expect(await answers(person)).toEqual(GOOD);
  });

  it('and a person of the platform: their session ends with their token, everywhere', async () => {
    const platform = business.api.within(null);
    const { body } = await platform.post('/api/v1/admin/tokens', {
      name: 'on call',
      issued_to: 'ada@platform.example',
    });
    const session = await aSession(platform.as(body.token as string));
    const statuses = () =>
      Promise.all(
        [house.origin, anotherUrl].map(
          async (url) => (await session.api.at(url).within(null).get('/api/v1/sessions/current')).status,
        ),
      );
    expect(await statuses()).toEqual([200, 200]);
    const { status } = await platform.post(`/api/v1/admin/tokens/${body.token_info.id as string}/revoke`, {});
    expect(await statuses()).toEqual([401, 401]);
    expect(status).toBe(201);
  });
});
