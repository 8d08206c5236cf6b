import pg from 'pg';
import { Api } from '../support/api.js';
import { freshDatabase, sql, type TestDatabase } from '../support/databases.js';
import { exchange, type Answer } from '../support/exchange.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { waitFor } from '../support/wait-for.js';

const CALLERS = 100;
const LIMIT_MS = 300_000;

/** No limits, so that nothing slows the flood down, and those of an installation, where each refusal takes its time. */
const SETTINGS: [string, number, Record<string, string>][] = [
  ['without limits', 9000, {}],
  ['with the limits that are set unless said otherwise', 1000, { RESCIND_BUSINESS_CALL_LIMIT: '' }],
];

describe.each(SETTINGS)('R4: of calls that are denied, %s', (_, count, env) => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;
  let tokens: TestToken[];

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url, env });
    business = await aBusiness({ url: app.url });
    const member = await aMember(business, 'auditor');
    tokens = await Promise.all([1, 2, 3].map(() => aToken(business, { member })));
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const denied = (number: number): Promise<Answer> => {
    const { secret } = tokens[number % tokens.length] as TestToken;
    return exchange(app.url, {
      method: 'POST',
      path: number % 2 === 0 ? '/api/v1/members' : '/api/v1/tokens/verify',
      headers: [
        ['authorization', `Bearer ${secret}`],
        ['x-business-id', business.id],
      ],
    });
  };

  async function refusals(wanted: number): Promise<Answer[]> {
    const answers: Answer[] = [];
    let next = 0;
    const caller = async (): Promise<void> => {
      while (next < wanted) answers.push(await denied(next++));
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    return answers;
  }

  const recorded = async (): Promise<number> => {
    const [row] = await sql<{ count: number }>(
      database.superuserUrl,
      `SELECT coalesce(sum((details->>'count')::int), 0)::int AS count FROM audit_events
       WHERE business_id = $1 AND action = 'access.denied'`,
      [business.id],
    );
    return row?.count ?? 0;
  };

  it(
    `all of ${count} are in the log, counted, and the log is no longer for it than it must be`,
    async () => {
      const answers = await refusals(count);
      const statuses = new Set(answers.map(({ status }) => status));
      expect([...statuses].filter((status) => status !== 403 && status !== 429)).toEqual([]);
      expect(await recorded()).toBe(count);
      const [row] = await sql<{ events: number }>(
        database.superuserUrl,
        `SELECT count(*)::int AS events FROM audit_events WHERE business_id = $1 AND action = 'access.denied'`,
        [business.id],
      );
      expect(row?.events).toBeLessThan(count / 2);
    },
    LIMIT_MS,
  );

  it(
    'none is answered with 403 that the log does not hold, while it cannot be written',
    async () => {
      const before = await recorded();
      await sql(
        database.superuserUrl,
        'REVOKE EXECUTE ON FUNCTION audit_append(uuid[], bigint[], bytea[], json) FROM rescind_app',
      );
      const answers = await refusals(CALLERS);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
      expect(answers.every(({ headers }) => headers['retry-after'] !== undefined)).toBe(true);
      expect(await recorded()).toBe(before);
      await sql(
        database.superuserUrl,
        'GRANT EXECUTE ON FUNCTION audit_append(uuid[], bigint[], bytea[], json) TO rescind_app',
      );
      await waitFor('a denial', async () => (await denied(0)).status === 403);
      const verdict = await new Api(app.url)
        .within(business.id)
        .post('/api/v1/tokens/verify', { token: tokens[0]?.secret });
      expect(verdict.body.active).toBe(true);
    },
    LIMIT_MS,
  );

  it(
    'those of other businesses do not wait for a log that is held',
    async () => {
      const other = await aBusiness({ url: app.url });
      const theirs = await aToken(other, { role: 'auditor' });
      const holder = new pg.Client({ connectionString: database.superuserUrl });
      await holder.connect();
      let mine: Promise<Answer> | undefined;
      try {
        await holder.query('BEGIN');
        await holder.query('SELECT FROM audit_heads WHERE business_id = $1 FOR UPDATE', [business.id]);
        mine = denied(0);
        let isMineAnswered = false;
        void mine.then(() => (isMineAnswered = true));
        const { status } = await exchange(app.url, {
          method: 'POST',
          path: '/api/v1/members',
          headers: [
            ['authorization', `Bearer ${theirs.secret}`],
            ['x-business-id', other.id],
          ],
        });
        // One that waits for the log any longer is refused, with 503.
        expect([status, isMineAnswered]).toEqual([403, false]);
      } finally {
        await holder.end();
      }
      expect((await mine).status).toBe(403);
    },
    LIMIT_MS,
  );
});
