import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aMember, anIdentity, aToken, type TestBusiness, type TestMember } from '../../support/factories.js';
import { startBrokenProvider, type BrokenProvider } from '../../support/oidc/broken-provider.js';
import { comesBack, signsInByHand } from '../../support/oidc/by-hand.js';
import { Directory } from '../scim/scim-world.js';
import { aSignInHouse, sessionOf, type SignInHouse } from '../../support/oidc/sign-in-house.js';

describe('an account that is linked to a member', () => {
  let provider: BrokenProvider;
  let ofOthers: BrokenProvider;
  let house: SignInHouse;
  let business: TestBusiness;
  let subjects = 0;
  beforeAll(async () => {
    provider = await startBrokenProvider();
    ofOthers = await startBrokenProvider();
    house = await aSignInHouse(([, other]) => [
      { id: 'hand', issuer: provider.issuer, client_id: 'rescind' },
      {
        ...{ id: 'others', issuer: ofOthers.issuer, client_id: 'rescind' },
        roles: [{ group: 'admins', business_id: (other as TestBusiness).id, role: 'admin' }],
      },
    ]);
    [business] = house.businesses as [TestBusiness];
  }, 120_000);
  afterAll(async () => {
    await house?.leave();
    await provider?.stop();
    await ofOthers?.stop();
  });

  const aSubject = () => `person-${++subjects}`;
  const accountsOf = (member: TestMember) => `/api/v1/members/${member.id}/accounts`;
  /** Whom a sign-in with these claims makes, or nobody. */
  async function personIn(claims: Parameters<typeof comesBack>[2]): Promise<string | null> {
    const { browser, callback } = await comesBack(house.origin, provider, claims);
    await browser.go(callback);
    return (await sessionOf(house.origin, browser))?.person.id ?? null;
  }
  /** Links a new account to `member`, as `api` says. */
  async function link(
    api: TestBusiness['api'],
    member: TestMember,
  ): Promise<{ sub: string; confirmed: boolean }> {
    const sub = aSubject();
    const { status, body } = await api.post(accountsOf(member), { issuer: provider.issuer, subject: sub });
    expect(status).toBe(201);
    return { sub, confirmed: body.confirmed as boolean };
  }

  it('by an administrator lets in only whom the provider says to be the member', async () => {
    const [rogue, colleague] = [await aMember(business, 'admin'), await aMember(business, 'admin')];
    const { api } = await aToken(business, { member: rogue });
    const { sub, confirmed } = await link(api, colleague);
    expect(confirmed).toBe(false);
    for (const claims of [
      { sub, email: rogue.email, email_verified: true },
      { sub, email: colleague.email, email_verified: false },
      { sub, email: colleague.email, email_verified: undefined },
      { sub },
    ])
      expect(await personIn(claims)).toBeNull();
    const { details } = await house.failed(business, 'email_of_another_member');
    expect(details).toMatchObject({ issuer: provider.issuer, subject: sub });
    const email = colleague.email.toUpperCase();
    expect(await personIn({ sub, email, email_verified: true })).toBe(colleague.id);
    // From then on who they are is decided by issuer and subject.
    expect(await personIn({ sub, email: 'another@example.com', email_verified: true })).toBe(colleague.id);
    const [event] = await house.events(business, 'member.account_confirmed');
    expect(event).toMatchObject({
      target: { id: colleague.id },
      details: { issuer: provider.issuer, subject: sub, provider: 'hand' },
    });
    expect((await business.api.get(accountsOf(colleague))).body.items).toMatchObject([{ confirmed: true }]);
  });

  it('is not confirmed by an address that somebody has given the member, before the link or after it', async () => {
    for (const order of ['before', 'after']) {
      const [rogue, colleague] = [await aMember(business, 'admin'), await aMember(business, 'admin')];
      const { api, secret } = await aToken(business, { member: rogue });
      const directory = new Directory(business, house.origin, secret);
      const email = `${order}-${rogue.email}`;
      const rename = async (): Promise<void> => {
        const value = { userName: email };
        const { status } = await directory.patch(`/Users/${colleague.id}`, { op: 'replace', value });
        expect(status).toBe(200);
      };
      if (order === 'before') await rename();
      const { sub, confirmed } = await link(api, colleague);
      expect(confirmed).toBe(false);
      if (order === 'after') await rename();
      expect(await personIn({ sub, email, email_verified: true })).toBeNull();
      // Nor when it is as it was: somebody may have it by now who is not the member.
      const value = { userName: colleague.email };
      expect((await directory.patch(`/Users/${colleague.id}`, { op: 'replace', value })).status).toBe(200);
      expect(await personIn({ sub, email: colleague.email, email_verified: true })).toBeNull();
      expect((await business.api.get(`/api/v1/members/${colleague.id}`)).body.readdressed).toBe(true);
    }
  });

  it('is not confirmed by a provider that is for other businesses', async () => {
    const [rogue, colleague] = [await aMember(business, 'admin'), await aMember(business, 'admin')];
    const { api } = await aToken(business, { member: rogue });
    const account = { issuer: ofOthers.issuer, subject: aSubject() };
    expect((await api.post(accountsOf(colleague), account)).status).toBe(201);
    const claims = { sub: account.subject, email: colleague.email, email_verified: true };
    const { browser, callback } = await comesBack(house.origin, ofOthers, claims, { id: 'others' });
    await browser.go(callback);
    expect(await sessionOf(house.origin, browser)).toBeNull();
    expect((await business.api.get(accountsOf(colleague))).body.items).toMatchObject([{ confirmed: false }]);
  });

  it('is not the word of a member with whose token somebody else speaks', async () => {
    const [rogue, colleague] = [await aMember(business, 'admin'), await aMember(business, 'admin')];
    const { api } = await aToken(business, { member: rogue });
    const issue = async (by: TestBusiness['api']) => {
      const { body } = await by.post('/api/v1/tokens', {
        ...{ name: 'for her', owner_email: colleague.email, scopes: ['rescind:business:admin'] },
      });
      return business.api.as(body.token as string);
    };
    const hers = await issue(api);
    expect((await link(hers, colleague)).confirmed).toBe(false);
    expect((await link(await issue(hers), colleague)).confirmed).toBe(false);
    const own = (await aToken(business, { member: colleague })).api;
    expect((await link(await issue(own), colleague)).confirmed).toBe(true);
  });

  it('by the member, or by the platform for its product, lets them in at once', async () => {
    const member = await aMember(business, 'owner');
    const own = await link((await aToken(business, { member })).api, member);
    const given = await link(business.api, member);
    expect([own.confirmed, given.confirmed]).toEqual([true, true]);
    for (const { sub } of [own, given]) expect(await personIn({ sub })).toBe(member.id);
  });

  it('is taken away with its sessions, and what they issued, when what it was linked with has leaked', async () => {
    const member = await aMember(business, 'owner');
    const stolen = await aToken(business, { member });
    const kept = await link(business.api, member);
    const { body } = await stolen.api.post('/api/v1/tokens', {
      ...{ name: 'a child', owner_email: member.email, scopes: ['rescind:business:admin'] },
    });
    const child = { id: body.token_info.id as string, api: business.api.as(body.token as string) };
    const ofChild = await link(child.api, member);
    const ofStolen = await link(stolen.api, member);
    const browsers = [];
    for (const { sub } of [ofChild, ofStolen, kept]) {
      const browser = await signsInByHand(house.origin, provider, { sub });
      expect((await sessionOf(house.origin, browser))?.person.id).toBe(member.id);
      browsers.push(browser);
    }
    const { status } = await business.api.post(`/api/v1/tokens/${stolen.id}/revoke`, { reason: 'leaked' });
    expect(status).toBe(201);
    const alive = await Promise.all(browsers.map((browser) => sessionOf(house.origin, browser)));
    expect(alive.map((session) => session !== null)).toEqual([false, false, true]);
    for (const { sub } of [ofChild, ofStolen]) expect(await personIn({ sub })).toBeNull();
    expect(await personIn({ sub: kept.sub })).toBe(member.id);
    const { items } = (await business.api.get(accountsOf(member))).body as { items: { subject: string }[] };
    expect(items.map(({ subject }) => subject)).toEqual([kept.sub]);
    const unlinked = (await house.events(business, 'member.account_unlinked')).filter(
      ({ target }) => target.id === member.id,
    );
    expect(unlinked.map(({ details }) => [details.subject, details.linked_by_token]).sort()).toEqual(
      [
        [ofChild.sub, child.id],
        [ofStolen.sub, stolen.id],
      ].sort(),
    );
    const causes = (await house.events(business, 'token.revoked'))
      .filter(({ details }) => details.is_session === true && details.revoked_with !== null)
      .map(({ details }) => [details.cause, details.revoked_with]);
    expect(causes).toEqual(
      expect.arrayContaining([
        ['account_unlinked', child.id],
        ['account_unlinked', stolen.id],
      ]),
    );
  });

  it('is taken away when it was linked by a token of the platform that is revoked with its children', async () => {
    const platform = business.api.within(null);
    const { body } = await platform.post('/api/v1/admin/tokens', { name: 'a back end' });
    const member = await aMember(business, 'developer');
    const { sub } = await link(business.api.as(body.token as string), member);
    const browser = await signsInByHand(house.origin, provider, { sub });
    const id = (body.token_info as { id: string }).id;
    expect(
      (await platform.post(`/api/v1/admin/tokens/${id}/revoke`, { reason: 'leaked', children: true })).status,
    ).toBe(201);
    expect(await sessionOf(house.origin, browser)).toBeNull();
    expect((await business.api.get(accountsOf(member))).body.items).toEqual([]);
  });

  it('stays when it is revoked for another reason, and an identity links no person by itself', async () => {
    const member = await aMember(business, 'owner');
    const token = await aToken(business, { member });
    const { sub } = await link(token.api, member);
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'not needed' });
    expect(await personIn({ sub })).toBe(member.id);
    const { id: identityId } = await anIdentity(business, 'owner');
    const machine = await aToken(business, { identityId });
    expect((await link(machine.api, member)).confirmed).toBe(false);
  });
});
