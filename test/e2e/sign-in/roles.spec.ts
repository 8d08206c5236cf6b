import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestBusiness } from '../../support/factories.js';
import type { Browser } from '../../support/oidc/browser.js';
import { startProvider, type RealProvider } from '../../support/oidc/real-provider.js';
import { aSignInHouse, sessionOf, signIn, type SignInHouse } from '../../support/oidc/sign-in-house.js';

interface Member {
  role: string;
  mapped_role: string | null;
  manual_role: string | null;
  role_pinned: boolean;
}

describe('the role of somebody who signs in at a provider', () => {
  let provider: RealProvider;
  let house: SignInHouse;
  let business: TestBusiness;
  beforeAll(async () => {
    house = await aSignInHouse(async ([one, other], origin) => {
      provider = await startProvider(origin, { withUserinfo: true });
      const { issuer, clientId, clientSecret } = provider;
      const mapped = ['owner', 'admin', 'developer', 'auditor'].map((role) => ({
        group: `${role}s`,
        business_id: one?.id,
        role,
      }));
      const roles = [...mapped, { group: 'others', business_id: other?.id, role: 'developer' }];
      const base = { issuer, client_id: clientId, client_secret: clientSecret, create_members: true };
      return [{ id: 'corp', ...base, claim: 'groups', roles }];
    });
    business = house.businesses[0]!;
  });
  afterAll(async () => {
    await house?.leave();
    await provider?.stop();
  });

  const signsIn = async (
    subject: string,
    claims: object,
    query = '',
  ): Promise<{ browser: Browser; url: string }> => {
    await provider.signsIn(subject, { email: `${subject}@example.com`, email_verified: true, ...claims });
    return signIn(house, { query });
  };
  const memberOf = async (subject: string): Promise<Member & { id: string }> => {
    const { body } = await business.api.get<{ items: (Member & { id: string })[] }>('/api/v1/members', {
      email: `${subject}@example.com`,
    });
    return body.items[0]!;
  };
  const inBusiness = () => ({ headers: { 'x-business-id': business.id } });
  const change = async (subject: string, changes: object): Promise<Member> =>
    (await business.api.patch<Member>(`/api/v1/members/${(await memberOf(subject)).id}`, changes)).body;

  it('follows their groups at each sign-in, in force at once in the sessions that they have', async () => {
    const { browser } = await signsIn('ann', { groups: ['admins'] });
    expect((await sessionOf(house.origin, browser))?.role).toBe('admin');
    await signsIn('ann', { groups: ['auditors'] });
    expect((await sessionOf(house.origin, browser))?.role).toBe('auditor');
    await signsIn('ann', { groups: ['developers', 'auditors'] });
    expect((await sessionOf(house.origin, browser))?.role).toBe('developer');
    const changed = await house.events(business, 'member.changed', 2);
    expect(changed[0]).toMatchObject({
      actor: { kind: 'system' },
      details: {
        ...{ provider: 'corp', role_before: 'auditor', role_after: 'developer' },
        ...{ mapped_role_before: 'auditor', mapped_role_after: 'developer', manual_role_after: null },
      },
    });
  });

  it('stays as it was last mapped while the provider does not say which groups there are', async () => {
    await signsIn('ben', { groups: ['developers'] });
    const unknown = [
      {},
      { groups: null },
      { groups: 7 },
      { groups: { a: 1 } },
      { _claim_names: { groups: 'src1' } },
    ];
    for (const claims of unknown) {
      const { browser } = await signsIn('ben', claims);
      expect((await sessionOf(house.origin, browser))?.role).toBe('developer');
    }
  });

  it('is not given to somebody of whom no groups are known', async () => {
    const { url, browser } = await signsIn('cat', {});
    expect(url).toBe(house.failure('not_a_member'));
    expect(await sessionOf(house.origin, browser)).toBeNull();
    expect(await memberOf('cat')).toBeUndefined();
  });

  it('is taken away when their groups map to none: nobody signs in, and what they hold does nothing more', async () => {
    const { browser } = await signsIn('dan', { groups: ['admins'] });
    const { url } = await signsIn('dan', { groups: ['admins2', 'Admins'] });
    expect(url).toBe(house.failure('not_a_member'));
    expect(await memberOf('dan')).toMatchObject({ role: 'no-access', mapped_role: null });
    expect((await browser.go(`${house.origin}/api/v1/members`, inBusiness())).status).toBe(403);
    expect((await house.failed(business, 'no_role')).details).toMatchObject({ subject: 'dan' });
    // An unknown set of groups gives nothing back; a known one does.
    expect((await signsIn('dan', {})).url).toBe(house.failure('not_a_member'));
    expect((await sessionOf(house.origin, (await signsIn('dan', { groups: 'admins' })).browser))?.role).toBe(
      'admin',
    );
  });

  it('is the lower of the mapped one and the one that an administrator gave, unless that is pinned', async () => {
    await signsIn('eva', { groups: ['admins'] });
    expect(await change('eva', { role: 'auditor' })).toMatchObject({ role: 'auditor', mapped_role: 'admin' });
    await signsIn('eva', { groups: ['admins'] });
    expect(await memberOf('eva')).toMatchObject({
      role: 'auditor',
      mapped_role: 'admin',
      manual_role: 'auditor',
    });
    expect(await change('eva', { role: 'owner' })).toMatchObject({ role: 'admin', manual_role: 'owner' });
    await signsIn('eva', { groups: ['developers'] });
    expect(await memberOf('eva')).toMatchObject({ role: 'developer' });
    expect(await change('eva', { role: 'owner', role_pinned: true })).toMatchObject({
      role: 'owner',
      role_pinned: true,
    });
    const { browser } = await signsIn('eva', { groups: [] });
    expect((await sessionOf(house.origin, browser))?.role).toBe('owner');
  });

  it('does not leave a business without an owner', async () => {
    const { browser } = await signsIn('fay', { groups: ['others'] }, `?business=${house.businesses[1]!.id}`);
    expect((await sessionOf(house.origin, browser))?.role).toBe('developer');
    const other = house.businesses[1]!;
    const { body } = await other.api.get<{ items: { id: string }[] }>('/api/v1/members');
    const member = body.items[0]!.id;
    await other.api.patch(`/api/v1/members/${member}`, { role: 'owner', role_pinned: true });
    const unpinned = await other.api.patch(`/api/v1/members/${member}`, { role_pinned: false });
    expect(unpinned.status).toBe(409);
  });

  it('is mapped anew in every business of the person, whichever they sign in to', async () => {
    const [one, other] = house.businesses;
    const { browser } = await signsIn('gil', { groups: ['admins', 'others'] }, `?business=${one!.id}`);
    await signsIn('gil', { groups: ['admins', 'others'] }, `?business=${other!.id}`);
    await signsIn('gil', { groups: ['others'] }, `?business=${other!.id}`);
    expect((await browser.go(`${house.origin}/api/v1/members`, inBusiness())).status).toBe(403);
    expect(await memberOf('gil')).toMatchObject({ role: 'no-access' });
  });
});
