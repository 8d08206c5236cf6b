import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { sql } from '../../support/databases.js';
import { Browser } from '../../support/oidc/browser.js';
import { startBrokenProvider, type BrokenProvider } from '../../support/oidc/broken-provider.js';
import { signsInByHand } from '../../support/oidc/by-hand.js';
import { aSignInHouse, sessionOf, type SignInHouse } from '../../support/oidc/sign-in-house.js';
import { waitFor } from '../../support/wait-for.js';
import type { TestBusiness } from '../../support/factories.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

describe('R1, R6: a person whom the provider signs out, with sessions in several businesses', () => {
  let provider: BrokenProvider;
  let house: SignInHouse;
  let holder: pg.Client;
  beforeAll(async () => {
    provider = await startBrokenProvider();
    house = await aSignInHouse((businesses) => [
      {
        id: 'hand',
        issuer: provider.issuer,
        client_id: 'rescind',
        create_members: true,
        roles: businesses.map(({ id }) => ({ group: 'staff', business_id: id, role: 'developer' })),
      },
    ]);
  });
  afterAll(async () => {
    await house?.leave();
    await provider?.stop();
  });
  beforeEach(async () => {
    holder = new pg.Client({ connectionString: house.superuserUrl });
    await holder.connect();
  });
  afterEach(() => holder.end());

  const aSession = (sub: string, { id }: TestBusiness): Promise<Browser> =>
    signsInByHand(house.origin, provider, { sub }, { query: `?business=${id}` });
  const aLogout = (sub: string): Promise<string> => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: provider.issuer, aud: 'rescind', iat: now, exp: now + 200, jti: randomUUID(), sub };
    return provider.sign({ ...claims, events: { [EVENT]: {} } }, { typ: 'logout+jwt' });
  };
  const send = async (token: string): Promise<number> => {
    const { status } = await new Browser().go(`${house.origin}/sign-in/oidc/hand/back-channel-logout`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: token }).toString(),
    });
    return status;
  };
  const waiting = async (): Promise<number> => {
    const [row] = await sql<{ count: number }>(
      house.superuserUrl,
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return row?.count ?? 0;
  };

  it.each([0, 1])(
    'is signed out of all others when the log of one is held, and of that when the provider sends it again',
    async (held) => {
      const sub = randomUUID();
      const browsers = await Promise.all(house.businesses.map((business) => aSession(sub, business)));
      const open = () =>
        Promise.all(browsers.map(async (browser) => (await sessionOf(house.origin, browser)) !== null));
      expect(await open()).toEqual([true, true]);
      await holder.query('BEGIN');
      await holder.query('SELECT FROM audit_heads WHERE business_id = $1 FOR UPDATE', [
        house.businesses[held]?.id,
      ]);
      const token = await aLogout(sub);
      const first = send(token);
      await waitFor('it to wait for the log', async () => (await waiting()) > 0);
      // While it is under way, nobody else takes it.
      expect(await send(token)).toBe(400);
      expect(await first).toBe(503);
      expect(await open()).toEqual([held === 0, held === 1]);
      await holder.query('ROLLBACK');
      expect(await send(token)).toBe(200);
      expect(await open()).toEqual([false, false]);
      expect(await send(token)).toBe(400);
    },
  );

  it('and who sends the same again is answered when no verifier accepts the sessions any more', async () => {
    const sub = randomUUID();
    const [business] = house.businesses as [TestBusiness];
    const browser = await aSession(sub, business);
    const other = await house.another();
    const verifiers = async (): Promise<number> => {
      const [row] = await sql<{ count: number }>(
        house.superuserUrl,
        'SELECT count(*)::int AS count FROM verifiers',
      );
      return row?.count ?? 0;
    };
    await waitFor('both to be registered', async () => (await verifiers()) === 2);
    other.freeze();
    const token = await aLogout(sub);
    const first = send(token);
    await waitFor(
      'the session to have ended here',
      async () => (await sessionOf(house.origin, browser)) === null,
    );
    // The frozen one may answer from before until its lease is over; then it is expelled.
    expect([await send(token), await verifiers()]).toEqual([400, 1]);
    expect(await first).toBe(200);
    await other.kill();
  });
});
