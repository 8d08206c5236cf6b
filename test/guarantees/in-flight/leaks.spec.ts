import pg from 'pg';
import { sql } from '../../support/databases.js';
import {
  aBusiness,
  aMember,
  aToken,
  platform,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

/** More than are ended at once. */
const OF_THE_HELD = 12;

describe('a report of leaked secrets of several businesses', () => {
  let world: Verifiers;
  let held: TestBusiness;
  let other: TestBusiness;
  let holder: pg.Client;
  beforeAll(async () => {
    world = await startVerifiers(2);
    const { url } = world.all[0] as Verifier;
    [held, other] = [await aBusiness({ url }), await aBusiness({ url })];
  });
  afterAll(() => world?.end());
  beforeEach(async () => {
    holder = new pg.Client({ connectionString: world.database.superuserUrl });
    await holder.connect();
  });
  afterEach(() => holder.end());

  const holdLog = async (): Promise<void> => {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM audit_heads WHERE business_id = $1 FOR UPDATE', [held.id]);
  };

  const report = ({ api }: Pick<TestToken, 'api'>, tokens: readonly TestToken[]) =>
    api.within(null).post('/api/v1/leaks', { leaks: tokens.map(({ secret }) => ({ secret })) });
  const areGood = async (tokens: readonly TestToken[]): Promise<boolean[]> => {
    const { url } = world.all[1] as Verifier;
    const verify = (await platform(url)).within(other.id);
    const verdicts = tokens.map(({ secret }) =>
      verify.within(null).post('/api/v1/tokens/verify', { token: secret }),
    );
    return (await Promise.all(verdicts)).map(({ body }) => body.active as boolean);
  };
  const toWait = () =>
    waitFor('the report to wait for the log', async () => {
      const [row] = await sql<{ count: number }>(
        world.database.superuserUrl,
        `SELECT count(*)::int AS count FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ~ 'change_begin'`,
      );
      return (row?.count ?? 0) > 0;
    });

  it('R6: ends those of all others when the log of one is held, and the rest when it is repeated', async () => {
    const theirs = await Promise.all(Array.from({ length: 2 }, () => aToken(other)));
    const ofTheHeld = await Promise.all(Array.from({ length: OF_THE_HELD }, () => aToken(held)));
    await holdLog();
    const tokens = [theirs[0] as TestToken, ...ofTheHeld, theirs[1] as TestToken];
    const reporter = { api: world.business.api };
    const { status } = await report(reporter, tokens);
    expect(status).toBe(503);
    expect(await areGood(theirs)).toEqual([false, false]);
    expect(new Set(await areGood(ofTheHeld))).toEqual(new Set([true]));
    await holder.query('ROLLBACK');
    expect((await report(reporter, tokens)).status).toBe(202);
    expect(new Set(await areGood(tokens))).toEqual(new Set([false]));
  });

  it('R1: ends nothing more once the token of whoever reports has ended, in whatever business', async () => {
    const leaked = await aToken(held);
    const reporter = await aToken(world.business, { member: await aMember(world.business) });
    await holdLog();
    const reported = report(reporter, [leaked]);
    await toWait();
    const { status } = await world.business.api.post(`/api/v1/tokens/${reporter.id}/revoke`, {});
    expect(status).toBe(201);
    await holder.query('ROLLBACK');
    expect((await reported).status).toBe(401);
    expect(await areGood([leaked])).toEqual([true]);
    const events = await sql(
      world.database.superuserUrl,
      `SELECT FROM audit_events WHERE action = 'token.leaked' AND target_id = $1`,
      [leaked.id],
    );
    expect(events).toEqual([]);
  });
});
