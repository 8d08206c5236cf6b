import pg from 'pg';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const BUSINESSES = 8;
const TOKENS_EACH = 3;
/** A log is waited for during 3 s: whoever is held up by one that is locked takes so much longer than usual. */
const HELD_UP_MS = 2500;
/** The best of them counts: what holds others up does so each time, what else the machine does comes and goes. */
const ATTEMPTS_MAX = 4;

describe('revocations at once, in one process', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let operator: pg.Client;
  let businesses: TestBusiness[];

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
    businesses = await Promise.all(Array.from({ length: BUSINESSES }, () => aBusiness({ url: app.url })));
    operator = new pg.Client({ connectionString: database.superuserUrl });
    await operator.connect();
  });
  afterAll(async () => {
    await operator.end();
    await app.stop();
    await database.drop();
  });

  interface Mine {
    business: TestBusiness;
    token: TestToken;
  }

  const tokens = async (): Promise<Mine[]> =>
    (
      await Promise.all(
        businesses.map(async (business) => {
          const mine: Mine[] = [];
          for (let count = 0; count < TOKENS_EACH; count++)
            mine.push({ business, token: await aToken(business) });
          return mine;
        }),
      )
    ).flat();

  const revoke = ({ business, token }: Mine) =>
    business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: `reason of ${token.id}` });
  const isRevoked = async ({ token }: Mine) =>
    (await sql<{ revoked: boolean }>(database.url, 'SELECT revoked_at IS NOT NULL AS revoked FROM tokens WHERE id = $1', [token.id]))[0]?.revoked; // prettier-ignore
  const eventsOf = ({ token }: Mine) =>
    sql<{ business_id: string; reason: string }>(
      database.url,
      `SELECT business_id, reason FROM audit_events WHERE action = 'token.revoked' AND target_id = $1`,
      [token.id],
    );
  /** Does `work` in a transaction of an operator's, left open while `meanwhile` runs. */
  const holding = async <Result>(work: string, values: unknown[], meanwhile: () => Promise<Result>) => {
    await operator.query('BEGIN');
    await operator.query(work, values);
    try {
      return await meanwhile();
    } finally {
      await operator.query('ROLLBACK');
    }
  };

  it('share transactions, and each has its own event, in its own log, without gaps', async () => {
    const all = await tokens();
    const answers = await Promise.all(all.map(revoke));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    for (const [index, mine] of all.entries()) {
      expect(answers[index]?.body.data).toMatchObject({
        id: mine.token.id,
        revocation_reason: `reason of ${mine.token.id}`,
      });
      expect(await eventsOf(mine)).toEqual([
        { business_id: mine.business.id, reason: `reason of ${mine.token.id}` },
      ]);
    }
    const [{ transactions } = { transactions: 0 }] = await sql<{ transactions: number }>(
      database.url,
      `SELECT count(DISTINCT xmin::text)::int AS transactions FROM audit_events WHERE action = 'token.revoked'`,
    );
    expect(transactions).toBeLessThan(all.length);
    const gaps = await sql(
      database.url,
      `SELECT business_id FROM audit_events GROUP BY business_id
       HAVING max(sequence) <> count(*) OR max(sequence) <> (SELECT size FROM audit_heads h WHERE h.business_id = audit_events.business_id)`,
    );
    expect(gaps).toEqual([]);
  });

  it('a foreign, an unknown and a repeated id among them are answered as if they were alone', async () => {
    const [mine, foreign, again, ...others] = (await tokens()) as [Mine, Mine, Mine, ...Mine[]];
    const earlier = await revoke(again);
    const [unknown, strange, repeated, twice, ...answers] = await Promise.all([
      mine.business.api.post(`/api/v1/tokens/${crypto.randomUUID()}/revoke`),
      businesses.at(-1)?.api.post(`/api/v1/tokens/${mine.token.id}/revoke`),
      revoke(again),
      Promise.all([revoke(foreign), revoke(foreign)]),
      ...others.map(revoke),
    ]);
    expect([unknown.status, strange?.status]).toEqual([404, 404]);
    expect({ ...unknown.body, request_id: '' }).toEqual({ ...strange?.body, request_id: '' });
    expect(await isRevoked(mine)).toBe(false);
    expect(repeated.body.data).toEqual(earlier.body.data);
    expect(repeated.body.receipt.audit_sequence).toBe(earlier.body.receipt.audit_sequence);
    expect(twice[0].body.data).toEqual(twice[1].body.data);
    expect(twice.map(({ body }) => body.message).sort()).toEqual([
      'The token had been revoked before.',
      'The token is revoked.',
    ]);
    expect(await eventsOf(foreign)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  });

  it('a grace ends with its successor, whoever is revoked beside it, and has one event', async () => {
    const olds = await tokens();
    const successors = await Promise.all(
      olds.map(async (old): Promise<Mine> => {
        const { body } = await old.business.api.post(`/api/v1/tokens/${old.token.id}/rotate`, {
          grace_seconds: 600,
        });
        return { business: old.business, token: { ...old.token, id: body.token_info.id } };
      }),
    );
    // Of every third pair the one in its grace is asked for as well.
    const asked = [...successors, ...olds.filter((_, index) => index % 3 === 0)];
    const answers = await Promise.all(asked.map(revoke));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    for (const each of [...olds, ...successors]) {
      expect(await isRevoked(each)).toBe(true);
      expect(await eventsOf(each)).toHaveLength(1);
    }
  });

  it('one business whose log is locked gets 503 in time, and the others are not held up', async () => {
    let heldUpMs = Infinity;
    for (let attempt = 0; attempt < ATTEMPTS_MAX && heldUpMs >= HELD_UP_MS; attempt++) {
      const all = await tokens();
      const locked = all.filter(({ business }) => business === businesses[0]);
      const free = all.filter(({ business }) => business !== businesses[0]);
      const freeLater = (await tokens()).filter(({ business }) => business !== businesses[0]);
      const usualStart = performance.now();
      for (const round of [await tokens(), await tokens()]) await Promise.all(round.map(revoke));
      const usualMs = performance.now() - usualStart;
      await holding(
        'SELECT FROM audit_heads WHERE business_id = $1 FOR UPDATE',
        [businesses[0]?.id],
        async () => {
          const start = performance.now();
          const refused = Promise.all(locked.map(revoke));
          const answers = await Promise.all(free.map(revoke));
          const later = await Promise.all(freeLater.map(revoke));
          heldUpMs = performance.now() - start - usualMs;
          expect(new Set([...answers, ...later].map(({ status }) => status))).toEqual(new Set([201]));
          expect((await refused).map(({ status, body }) => `${status} ${body.code}`)).toEqual(
            locked.map(() => '503 audit.unwritable'),
          );
        },
      );
      for (const mine of locked) {
        expect(await isRevoked(mine)).toBe(false);
        expect((await revoke(mine)).status).toBe(201);
      }
    }
    expect(heldUpMs).toBeLessThan(HELD_UP_MS);
  });

  it('a token whose row is locked is waited for by nobody else', async () => {
    const all = await tokens();
    const [held, ...others] = all as [Mine, ...Mine[]];
    const answer = await holding('SELECT FROM tokens WHERE id = $1 FOR UPDATE', [held.token.id], async () => {
      const late = revoke(held);
      expect(new Set((await Promise.all(others.map(revoke))).map(({ status }) => status))).toEqual(
        new Set([201]),
      );
      expect(await isRevoked(held)).toBe(false);
      return { late };
    });
    expect((await answer.late).status).toBe(201);
    expect(await eventsOf(held)).toHaveLength(1);
  });

  it('what the database refuses for one is refused to that one alone', async () => {
    const all = await tokens();
    const [token, log, ...others] = all as [Mine, Mine, ...Mine[]];
    await operator.query(
      `CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
       CREATE TRIGGER refuse_one BEFORE UPDATE ON tokens FOR EACH ROW WHEN (OLD.id = '${token.token.id}') EXECUTE FUNCTION refuse_one();
       CREATE TRIGGER refuse_one BEFORE INSERT ON audit_events FOR EACH ROW WHEN (NEW.target_id = '${log.token.id}') EXECUTE FUNCTION refuse_one();`,
    );
    try {
      const [first, second, ...answers] = await Promise.all(all.map(revoke));
      expect([first?.status, second?.status]).toEqual([500, 503]);
      expect(second?.body.code).toBe('audit.unwritable');
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      expect(await Promise.all([token, log].map(isRevoked))).toEqual([false, false]);
      expect(await Promise.all(others.map(isRevoked))).toEqual(others.map(() => true));
    } finally {
      await operator.query('DROP FUNCTION refuse_one() CASCADE');
    }
  });

  it('by two tokens of each other, one is made', async () => {
    const [business] = businesses as [TestBusiness];
    for (let round = 0; round < 5; round++) {
      const [one, other] = [
        await aToken(business, { role: 'admin' }),
        await aToken(business, { role: 'admin' }),
      ];
      const answers = await Promise.all([
        one.api.post(`/api/v1/tokens/${other.id}/revoke`),
        other.api.post(`/api/v1/tokens/${one.id}/revoke`),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 401]);
      const revoked = await Promise.all([one, other].map((token) => isRevoked({ business, token })));
      expect(revoked).toEqual(answers.map(({ status }) => status === 401));
    }
  });

  it.each<[string, string, (business: TestBusiness, id: string) => Promise<{ status: number }>]>([
    [
      'a revocation',
      "UPDATE ON tokens FOR EACH ROW WHEN (OLD.id = '%s')",
      (business, id) => business.api.post(`/api/v1/tokens/${id}/revoke`),
    ],
    [
      'an issue',
      "INSERT ON tokens FOR EACH ROW WHEN (NEW.name = '%s')",
      (business, name) => business.api.post('/api/v1/tokens', { name }),
    ],
    [
      'a change that shares nothing',
      "INSERT ON members FOR EACH ROW WHEN (NEW.name = '%s')",
      (business, name) =>
        business.api.post('/api/v1/members', { email: 'loses@example.com', name, role: 'developer' }),
    ],
  ])('%s that loses to others three times is made the fourth time', async (_, event, make) => {
    const [business] = businesses as [TestBusiness];
    const { id } = await aToken(business);
    await operator.query(
      `CREATE SEQUENCE losses;
       CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
         IF nextval('losses') < 4 THEN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END IF;
         RETURN NEW;
       END $$;
       CREATE TRIGGER lose BEFORE ${event.replace('%s', id)} EXECUTE FUNCTION lose()`,
    );
    try {
      expect((await make(business, id)).status).toBe(201);
    } finally {
      await operator.query('DROP FUNCTION lose() CASCADE; DROP SEQUENCE losses');
    }
  });

  it('never wait for each other in a circle, nor for those that end all tokens of a member', async () => {
    const before = await deadlocks();
    for (let round = 0; round < 5; round++) {
      const all = await tokens();
      const { body } = await (businesses[0] as TestBusiness).api.get('/api/v1/members?limit=100');
      const answers = await Promise.all([
        ...all.map(revoke),
        ...all.toReversed().map(revoke),
        ...body.items
          .slice(0, 5)
          .map(({ id }: { id: string }) => businesses[0]?.api.delete(`/api/v1/members/${id}`)),
      ]);
      expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    }
    expect(await deadlocks()).toBe(before);
  });

  const deadlocks = async () =>
    (await sql<{ deadlocks: string }>(database.url, 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'))[0]?.deadlocks; // prettier-ignore
});
