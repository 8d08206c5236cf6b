import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { aMember, type TestBusiness, type TestMember } from '../../support/factories.js';
import { startBrokenProvider, type BrokenProvider } from '../../support/oidc/broken-provider.js';
import type { Browser } from '../../support/oidc/browser.js';
import { comesBack, signsInByHand } from '../../support/oidc/by-hand.js';
import { aSignInHouse, sessionOf, type SignInHouse } from '../../support/oidc/sign-in-house.js';
import { waitFor } from '../../support/wait-for.js';

describe('an account that is taken from a member', () => {
  let hand: BrokenProvider;
  let other: BrokenProvider;
  let house: SignInHouse;
  let business: TestBusiness;
  let anotherUrl: string;
  beforeAll(async () => {
    [hand, other] = [await startBrokenProvider(), await startBrokenProvider()];
    house = await aSignInHouse(() => [
      { id: 'hand', issuer: hand.issuer, client_id: 'rescind' },
      { id: 'other', issuer: other.issuer, client_id: 'rescind' },
    ]);
    [business] = house.businesses as [TestBusiness];
    anotherUrl = (await house.another()).url;
  }, 120_000);
  afterAll(async () => {
    await house?.leave();
    await hand?.stop();
    await other?.stop();
  });

  const accounts = (member: TestMember) => `/api/v1/members/${member.id}/accounts`;
  const link = async (
    member: TestMember,
    subject: string,
    issuer = hand.issuer,
    of = business,
  ): Promise<string> => {
    const { status, body } = await of.api.post<{ id: string }>(accounts(member), { issuer, subject });
    expect(status).toBe(201);
    return body.id;
  };
  const isOpen = async (browser: Browser): Promise<boolean[]> =>
    Promise.all([house.origin, anotherUrl].map(async (url) => (await sessionOf(url, browser)) !== null));

  it('ends the sessions that were opened with it, on every process before the answer, and no other', async () => {
    const [mine, theirs] = [await aMember(business), await aMember(business)];
    const account = await link(mine, 'ada');
    await link(mine, 'ada', other.issuer);
    await link(mine, 'ada-too');
    await link(theirs, 'bob');
    const elsewhere = house.businesses[1]!;
    await link(await aMember(elsewhere), 'ada', hand.issuer, elsewhere);
    const taken = [
      await signsInByHand(house.origin, hand, { sub: 'ada' }),
      await signsInByHand(house.origin, hand, { sub: 'ada' }),
    ];
    const kept = [
      await signsInByHand(house.origin, other, { sub: 'ada' }, { id: 'other' }),
      await signsInByHand(house.origin, hand, { sub: 'ada-too' }),
      await signsInByHand(house.origin, hand, { sub: 'bob' }),
      // Of the same person at the provider, in another business, whose administrators decide there.
      await signsInByHand(house.origin, hand, { sub: 'ada' }, { query: `?business=${elsewhere.id}` }),
    ];
    for (const browser of [...taken, ...kept]) expect(await isOpen(browser)).toEqual([true, true]);
    const ids = await Promise.all(taken.map(async (browser) => (await sessionOf(house.origin, browser))!.id));
    expect((await business.api.delete(`${accounts(mine)}/${account}`)).status).toBe(200);
    for (const browser of taken) expect(await isOpen(browser)).toEqual([false, false]);
    for (const browser of kept) expect(await isOpen(browser)).toEqual([true, true]);
    const [unlinked] = await house.events(business, 'member.account_unlinked');
    expect(unlinked).toMatchObject({
      target: { id: mine.id },
      details: { issuer: hand.issuer, subject: 'ada', sessions_revoked: 2 },
    });
    const revoked = (await house.events(business, 'token.revoked')).filter(({ target }) =>
      ids.includes(target.id ?? ''),
    );
    expect(revoked.map(({ actor, details }) => [actor.kind, details.cause, details.is_session])).toEqual(
      ids.map(() => ['platform', 'account_unlinked', true]),
    );
    const receipt = await business.api.get(`/api/v1/sessions/${ids[0]}/receipt`);
    expect(receipt.status).toBe(200);
  });

  it('and is linked again, revives no session of before', async () => {
    const member = await aMember(business);
    const account = await link(member, 'carl');
    const browser = await signsInByHand(house.origin, hand, { sub: 'carl' });
    await business.api.delete(`${accounts(member)}/${account}`);
    await link(member, 'carl');
    expect(await isOpen(browser)).toEqual([false, false]);
    expect(await isOpen(await signsInByHand(house.origin, hand, { sub: 'carl' }))).toEqual([true, true]);
  });

  it('by the one who is signed in with it is their own end, of which their session tells nothing more', async () => {
    const member = await aMember(business, 'owner');
    await aMember(business, 'owner');
    const account = await link(member, 'dora');
    const [browser, second] = [
      await signsInByHand(house.origin, hand, { sub: 'dora' }),
      await signsInByHand(house.origin, hand, { sub: 'dora' }),
    ];
    const session = (await sessionOf(house.origin, browser))!;
    const { status } = await browser.go(`${house.origin}${accounts(member)}/${account}`, {
      method: 'DELETE',
      headers: { 'sec-fetch-site': 'same-origin', 'x-business-id': business.id },
    });
    expect(status).toBe(200);
    expect([await isOpen(browser), await isOpen(second)]).toEqual([
      [false, false],
      [false, false],
    ]);
    const { body } = await business.api.get<{ items: { action: string; target: { id: string } }[] }>(
      '/api/v1/audit/events',
      { token_id: session.id, limit: 10 },
    );
    expect(body.items[0]).toMatchObject({ action: 'token.revoked', target: { id: session.id } });
  });

  it('while somebody is signing in with it leaves them no session, in whichever order the two come', async () => {
    const member = await aMember(business);
    const holder = new pg.Client({ connectionString: house.superuserUrl });
    await holder.connect();
    const waiting = async (count: number): Promise<boolean> => {
      const { rows } = await holder.query<{ waiting: number }>(
        `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return (rows[0]?.waiting ?? 0) >= count;
    };
    try {
      // Whoever waits for a log for too long is refused, and nothing was raced then.
      for (let outcome = 503; outcome !== 200;) {
        const account = await link(member, 'eve').catch(async () => {
          const { body } = await business.api.get<{ items: { id: string }[] }>(accounts(member));
          return body.items[0]!.id;
        });
        const { browser, callback } = await comesBack(house.origin, hand, { sub: 'eve' });
        await holder.query('BEGIN');
        await holder.query('SELECT FROM audit_heads WHERE business_id = $1 FOR UPDATE', [business.id]);
        let isRefused = false;
        const unlinked = business.api
          .delete(`${accounts(member)}/${account}`)
          .finally(() => (isRefused = true));
        const isWaiting = async (count: number) => isRefused || (await waiting(count));
        await waitFor('the account to be taken as soon as the log is free', () => isWaiting(1));
        const back = browser.go(callback).finally(() => (isRefused = true));
        await waitFor('the session to be opened behind that', () => isWaiting(2));
        await holder.query('COMMIT');
        outcome = (await unlinked).status;
        await back;
        if (outcome === 200) expect(await isOpen(browser)).toEqual([false, false]);
      }
    } finally {
      await holder.end();
    }
  });
});
