import pg from 'pg';
import { Api, type AnyBody, type ApiAnswer } from '../../support/api.js';
import { sql } from '../../support/databases.js';
import { aMember, aToken, platform, type TestToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

const PATH = '/api/v1/revocations';
const CALLS = 20;
const ROUNDS = 6;
const WAITING = `SELECT count(*)::int AS count FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ~ 'change_begin'`;

describe('R3: a revocation that waits for a second person is approved, declined or over, and only one of these', () => {
  let world: Verifiers;
  let asks: Api;
  let grace: TestToken;
  let alan: TestToken;
  beforeAll(async () => {
    world = await startVerifiers(2);
    const { business } = world;
    const root = await platform(world.all[0]?.url);
    await root.patch(`/api/v1/admin/businesses/${business.id}`, { approval_above: 0 });
    asks = (await aToken(business, { role: 'owner' })).api;
    grace = await aToken(business, { role: 'owner' });
    alan = await aToken(business, { role: 'owner' });
  });
  afterAll(() => world?.end());

  async function asked(isCutOff: boolean): Promise<{ id: string; token: TestToken }> {
    const member = await aMember(world.business);
    const token = await aToken(world.business, { member, scopes: ['orders:read'] });
    const selector = isCutOff ? { owner: member.email } : { owner_email: member.email, status: 'active' };
    const { status, body } = await asks.post(PATH, { selector, reason: 'x' });
    expect(status).toBe(202);
    return { id: body.id as string, token };
  }

  const on = (process: number, { secret }: TestToken): Api =>
    new Api((world.all[process % world.all.length] as Verifier).url, secret, world.business.id);
  const approve = (id: string, by: Api): Promise<ApiAnswer<AnyBody>> => by.post(`${PATH}/${id}/approve`, {});
  const decline = (id: string, by: Api, reason = 'no'): Promise<ApiAnswer<AnyBody>> =>
    by.post(`${PATH}/${id}/decline`, { reason });
  const actionsOf = async (id: string): Promise<string[]> => {
    const { body } = await asks.get('/api/v1/audit/events', { target_id: id, order: 'oldest' });
    return body.items.map(({ action }: { action: string }) => action);
  };

  it('whatever two persons answer at once, on two processes', async () => {
    const won = { approval: 0, decline: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const { id, token } = await asked(round % 2 === 0);
      await world.remember(token);
      const calls = Array.from({ length: CALLS }, (_, n) => {
        // Each round begins with the other one.
        const isApproval = (n + (round >> 1)) % 2 === 0;
        const by = on(n >> 1, isApproval ? grace : alan);
        return { isApproval, answer: isApproval ? approve(id, by) : decline(id, by, `no ${n}`) };
      });
      const answers = await Promise.all(
        calls.map(async ({ isApproval, answer }) => ({ isApproval, ...(await answer) })),
      );
      const verdicts = await world.verdicts(token);
      const statuses = (isApproval: boolean): number[] =>
        answers
          .filter((each) => each.isApproval === isApproval)
          .map(({ status }) => status)
          .sort();
      const refused = (count: number): number[] => Array<number>(count).fill(409);
      const { body: record } = await asks.get(`${PATH}/${id}`);
      const actions = await actionsOf(id);
      if (record.state === 'declined') {
        won.decline++;
        expect(statuses(true)).toEqual(refused(CALLS / 2));
        expect(statuses(false)).toEqual(Array(CALLS / 2).fill(200));
        const facts = answers.flatMap(({ isApproval, body }) =>
          isApproval ? [] : [JSON.stringify(body.approval)],
        );
        expect(new Set(facts)).toEqual(new Set([JSON.stringify(record.approval)]));
        expect(actions).toEqual(['revocation.asked', 'revocation.declined']);
        expect(verdicts).toEqual(['active', 'active']);
      } else {
        won.approval++;
        expect(statuses(true)).toEqual([201, ...refused(CALLS / 2 - 1)]);
        expect(statuses(false)).toEqual(refused(CALLS / 2));
        expect(actions.slice(0, 2)).toEqual(['revocation.asked', 'revocation.approved']);
        expect(actions).not.toContain('revocation.declined');
        expect(verdicts).toEqual(['revoked', 'revoked']);
      }
    }
    expect(won.approval + won.decline).toBe(ROUNDS);
  });

  it('whichever comes first', async () => {
    const [one, other] = [await asked(true), await asked(true)];
    expect((await decline(one.id, on(0, grace))).status).toBe(200);
    expect((await approve(one.id, on(1, alan))).status).toBe(409);
    expect(await world.verdicts(one.token)).toEqual(['active', 'active']);
    expect((await approve(other.id, on(0, grace))).status).toBe(201);
    expect((await decline(other.id, on(1, alan))).status).toBe(409);
    expect(await world.verdicts(other.token)).toEqual(['revoked', 'revoked']);
  });

  it('also when the time is over while it is being declined', async () => {
    const { id, token } = await asked(true);
    const operator = new pg.Client({ connectionString: world.database.superuserUrl });
    await operator.connect();
    try {
      await operator.query('BEGIN');
      await operator.query('SELECT FROM audit_heads ORDER BY business_id FOR UPDATE');
      const answer = decline(id, on(0, grace));
      await waitFor('the decline to wait for the log', async () => {
        const [row] = await sql<{ count: number }>(world.database.superuserUrl, WAITING);
        return (row?.count ?? 0) >= 1;
      });
      await operator.query(`SET LOCAL session_replication_role = replica`);
      await operator.query('UPDATE revocation_requests SET approval_expires_at = now() WHERE id = $1', [id]);
      await operator.query('COMMIT');
      expect(await answer).toMatchObject({ status: 409, body: { code: 'revocation.not_awaiting' } });
    } finally {
      await operator.end();
    }
    await waitFor('the event of its end', async () => (await actionsOf(id)).includes('revocation.expired'));
    expect((await decline(id, on(1, alan))).status).toBe(409);
    expect((await asks.get(`${PATH}/${id}`)).body).toMatchObject({
      state: 'expired',
      approval: { declined_by: null, decline_reason: null },
    });
    expect(await actionsOf(id)).toEqual(['revocation.asked', 'revocation.expired']);
    expect(await world.verdicts(token)).toEqual(['active', 'active']);
  });

  it('and what was declined is not changed any more by whoever writes to the database', async () => {
    const { id } = await asked(false);
    await decline(id, on(0, grace));
    for (const change of [
      `state = 'awaiting_approval', declined_at = NULL, declined_by = NULL, decline_reason = NULL`,
      `state = 'marking', declined_at = NULL, declined_by = NULL, decline_reason = NULL, revoked_at = now()`,
      `declined_by = 'somebody else'`,
    ])
      await expect(
        sql(world.database.superuserUrl, `UPDATE revocation_requests SET ${change} WHERE id = $1`, [id]),
      ).rejects.toThrow('what was asked for, and what was made of it, stays');
    const waiting = await asked(false);
    for (const change of [`state = 'declined'`, `decline_reason = 'x'`])
      await expect(
        sql(world.database.superuserUrl, `UPDATE revocation_requests SET ${change} WHERE id = $1`, [
          waiting.id,
        ]),
      ).rejects.toThrow('revocation_requests_declined_check');
  });
});
