import type { TestBusiness, TestToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { holdsLease, outcomeOf, verify } from '../verifiers.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;
const UNREVOKE = (id: string): string =>
  `UPDATE tokens SET revoked_at = NULL, revoked_by = NULL, revocation_reason = NULL WHERE id = '${id}'`;

let house: TamperedHouse;
beforeEach(async () => {
  house = await TamperedHouse.start();
});
afterEach(() => house.end());

const outcome = async (log: TestBusiness, token: TestToken): Promise<string> =>
  outcomeOf(await verify(house.app, log, token));

it.each([
  ['under a running process', false],
  ['between two processes', true],
])(
  'a token that was taken back stays so, whatever its row says: made good %s',
  async (_, restarts) => {
    const log = await house.aLog(1);
    const [token] = log.tokens;
    await log.api.post(`/api/v1/tokens/${token!.id}/revoke`, { reason: 'lost' });
    const unrevoke = (): Promise<void> => house.tamper(UNREVOKE(token!.id));
    if (restarts) await house.restart(unrevoke);
    else await unrevoke();
    await house.alarm('token_unrevoked', log.id);
    await waitFor('the token to be refused', async () => (await outcome(log, token!)) === 'revoked');
    // It is refused by what the log says, before its row says so again.
    await waitFor('the row to be put right', async () => {
      const [row] = await house.rows<{ revocation_reason: string }>(
        'SELECT revocation_reason FROM tokens WHERE id = $1',
        [token!.id],
      );
      return row?.revocation_reason === 'lost';
    });
  },
  LIMIT_MS,
);

it(
  'a verifier does not go on with what it remembers when the feed was kept from it',
  async () => {
    const log = await house.aLog(1);
    const [token] = log.tokens;
    await waitFor('a lease', () => holdsLease(house.app));
    expect(await outcome(log, token!)).toBe('active');
    await house.tamper(`
      CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
      CREATE TRIGGER swallow BEFORE INSERT ON revocation_feed FOR EACH ROW EXECUTE FUNCTION swallow()`);
    await log.api.post(`/api/v1/tokens/${token!.id}/revoke`, { reason: 'lost' });
    await house.alarm('feed_incomplete', log.id);
    await waitFor('the token to be refused', async () => (await outcome(log, token!)) === 'revoked');
  },
  LIMIT_MS,
);
