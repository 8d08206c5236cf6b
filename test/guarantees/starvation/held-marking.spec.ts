import pg from 'pg';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestMember } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

/** More than are looked at together. Each is waited for as long as for a lock. */
const HELD = 17;
const LIMIT_MS = 150_000;

/** Both kinds of business $1 as they are when the process that marked them has ended: nothing of it is noted. */
const REOPEN = [
  `UPDATE revocation_sets SET marked = false, revoked = false WHERE business_id = $1`,
  `UPDATE revocation_requests SET state = 'marking', finished_at = NULL, tokens_revoked = NULL WHERE business_id = $1`,
  `UPDATE revocations SET state = 'marking', finished_at = NULL, tokens_revoked = NULL, marked_log = NULL, marked_created_at = NULL, marked_id = NULL
   WHERE business_id = $1`,
  // And a request that nobody has approved in time.
  `INSERT INTO revocation_requests (id, business_id, kind, request, revocation_reason, asked_by, asked_by_token, tokens_matched, state, approval_expires_at)
   VALUES (gen_random_uuid(), $1, 'selection', '{"selector": {"name": "a"}}', 'x', 'a', gen_random_uuid(), 1, 'awaiting_approval', now())`,
];
const STATES = `
SELECT state, count(*)::int AS count FROM (SELECT state, business_id FROM revocation_requests UNION ALL SELECT state, business_id FROM revocations) r
WHERE business_id = ANY ($1::uuid[]) GROUP BY 1 ORDER BY 1`;

const isDone = (states: readonly unknown[], businesses: number): boolean =>
  JSON.stringify(states) ===
  JSON.stringify([
    { state: 'done', count: 2 * businesses },
    { state: 'expired', count: businesses },
  ]);

describe('R6: while the logs of many businesses are held, and their tokens cannot be marked', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let holder: pg.Client;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url, env: { RESCIND_LEASE_MS: '500' } });
    await app.ready();
    holder = new pg.Client({ connectionString: database.superuserUrl });
    await holder.connect();
  });
  afterAll(async () => {
    await holder?.end();
    await app?.stop();
    await database?.drop();
  });

  /** One whose tokens a selection and a cut-off have ended. */
  async function anEndedBusiness(): Promise<TestBusiness> {
    const business = await aBusiness({ url: app.url });
    const members: TestMember[] = [await aMember(business), await aMember(business)];
    for (const member of members) await aToken(business, { member });
    const [selected, cutOff] = members.map(({ email }) => email);
    for (const selector of [{ owner_email: selected, name: 'a token' }, { owner: cutOff }])
      expect((await business.api.post('/api/v1/revocations', { selector, reason: 'x' })).status).toBe(201);
    return business;
  }
  const statesOf = (businesses: readonly TestBusiness[]): Promise<{ state: string }[]> =>
    sql(database.superuserUrl, STATES, [businesses.map(({ id }) => id)]);
  /** Past the triggers that keep what is done. */
  async function reopen(businesses: readonly TestBusiness[]): Promise<void> {
    const operator = new pg.Client({ connectionString: database.superuserUrl });
    await operator.connect();
    await operator.query('BEGIN');
    await operator.query(`SET LOCAL session_replication_role = replica`);
    for (const { id } of businesses) for (const statement of REOPEN) await operator.query(statement, [id]);
    await operator.query('COMMIT');
    await operator.end();
  }

  it(
    'those of another are, requests of another expire, and theirs as soon as they are free',
    async () => {
      const held: TestBusiness[] = [];
      while (held.length < HELD) held.push(await anEndedBusiness());
      const other = await anEndedBusiness();
      const all = [...held, other];
      await waitFor('the first marking', async () => {
        const [first, ...more] = await statesOf(all);
        return first?.state === 'done' && more.length === 0;
      });
      await holder.query('BEGIN');
      const heads = await holder.query(
        'SELECT FROM audit_heads WHERE business_id = ANY ($1::uuid[]) FOR UPDATE',
        [held.map(({ id }) => id)],
      );
      expect(heads.rowCount).toBe(HELD);
      await reopen(all);
      await waitFor('the marking of the other', async () => isDone(await statesOf([other]), 1), LIMIT_MS);
      expect(await statesOf(held)).toEqual([
        { state: 'awaiting_approval', count: HELD },
        { state: 'marking', count: 2 * HELD },
      ]);
      await holder.query('COMMIT');
      await waitFor('all other marking', async () => isDone(await statesOf(held), HELD), LIMIT_MS);
    },
    3 * LIMIT_MS,
  );
});
