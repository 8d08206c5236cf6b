import { aToken, type TestBusiness } from '../../support/factories.js';
import { startBrokenProvider, type BrokenProvider } from '../../support/oidc/broken-provider.js';
import { comesBack, signsInByHand } from '../../support/oidc/by-hand.js';
import { aSignInHouse, sessionOf, type SignInHouse } from '../../support/oidc/sign-in-house.js';
import { Child } from '../../support/stream-child.js';

describe('R1: whoever signs in with the groups that have just lowered their role', () => {
  let provider: BrokenProvider;
  let house: SignInHouse;
  let otherUrl: string;
  beforeAll(async () => {
    provider = await startBrokenProvider();
    house = await aSignInHouse(
      ([one]) => {
        const roles = [
          { group: 'admins', business_id: one?.id, role: 'admin' },
          { group: 'staff', business_id: one?.id, role: 'developer' },
        ];
        return [{ id: 'hand', issuer: provider.issuer, client_id: 'rescind', create_members: true, roles }];
      },
      { count: 1, env: { RESCIND_LEASE_MS: '3000' } },
    );
    otherUrl = (await house.another()).url;
  }, 120_000);
  afterAll(async () => {
    await house?.leave();
    await provider?.stop();
  });

  it.each([
    ['to a lower one', ['staff'], 'developer'],
    ['to none', [], 'no-access'],
  ])(
    'is answered when no verifier goes by the one of before: %s',
    async (_, groups, role) => {
      const [business] = house.businesses as [TestBusiness];
      const sub = `ada-${role}`;
      const person = await sessionOf(
        house.origin,
        await signsInByHand(house.origin, provider, { sub, groups: ['admins'] }),
      );
      const { id, email } = person!.person;
      const { secret } = await aToken(business, { member: { id, email, role: 'admin' } });
      const [deaf, judge] = [await Child.join(otherUrl), await Child.join(house.origin)];
      await deaf.remember(secret);
      deaf.acknowledges = false;
      const { browser, callback } = await comesBack(house.origin, provider, { sub, groups });
      const first = browser.go(callback);
      await deaf.stream.hear('evict');
      const again = async (url: string): Promise<void> => {
        const back = await comesBack(house.origin, provider, { sub, groups });
        const { status } = await back.browser.go(back.callback.replace(house.origin, url));
        const recalled = deaf.recalled(secret)?.verdict;
        expect([status, recalled]).toEqual([303, recalled && (await judge.ask(secret)).verdict]);
      };
      await Promise.all([again(house.origin), again(otherUrl)]);
      await first;
      expect((await business.api.get(`/api/v1/members/${id}`)).body).toMatchObject({ role });
      deaf.break();
      judge.break();
    },
    60_000,
  );
});
