import { randomUUID } from 'node:crypto';
import pg from 'pg';
import {
  issuedOf,
  LOOKED_AT_MAX,
  revokedOf,
  stockOf,
  type Reach,
} from '../../../src/insight/overview/overview.repository.js';
import {
  LOOKED_AT_MAX as SCOPES_LOOKED_AT_MAX,
  usedScopesOf,
} from '../../../src/insight/scopes/used-scopes.repository.js';
import { freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../../support/databases.js';

const TOKENS = 100_000;
const EVENTS = 60_000;
/** Of one statement, by the clock of the server, at the best of a few: other tests share the machine. */
const TOOK_MS_MAX = 50;
/** What a machine does in that time that is fast enough for it: counts so many numbers. */
const NUMBERS_IN_THAT_TIME = 100_000;
const ATTEMPTS = 5;
const DAY_MS = 24 * 60 * 60 * 1000;

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

interface Explained {
  Plan: Plan;
  'Execution Time': number;
}

const every = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(every)];

describe('with 100,000 tokens of a business', () => {
  const business = '0199c0de-0000-7000-8000-00000000000a';
  const member = '0199c0de-0000-7000-8000-00000000000c';
  const since = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - 29 * DAY_MS);
  const times = [since, new Date(Date.now() - DAY_MS)];
  let database: TestDatabase;
  let session: pg.Client;
  beforeAll(async () => {
    database = await freshDatabase();
    const { superuserUrl } = database;
    await sql(superuserUrl, `INSERT INTO businesses (id, name, slug) VALUES ($1::uuid, $1::text, $1::text)`, [
      business,
    ]);
    await sql(
      superuserUrl,
      `INSERT INTO members (id, business_id, email, name, role) VALUES ($1, $2, 'ada@example.com', 'Ada', 'owner')`,
      [member, business],
    );
    // A third expires within 30 days, a third later, a third never; all were issued within three weeks, and a fifth is revoked.
    await sql(
      superuserUrl,
      `INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, token_prefix, digest, pepper_id, scopes, created_at, expires_at, last_used_at, revoked_at)
       SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid, substr(md5($1 || n), 1, 22),
         $1::uuid, 'user', $2::uuid, 'x', 'dz_', '\\x00', 'p', '{}', at,
         CASE n % 3 WHEN 0 THEN now() + n * interval '20 seconds' WHEN 1 THEN now() + interval '31 days' + n * interval '1 minute' END,
         CASE WHEN n % 5 > 0 THEN now() - n * interval '1 second' END, CASE WHEN n % 5 = 2 THEN now() END
       FROM generate_series(1, $3) n CROSS JOIN LATERAL (SELECT date_trunc('milliseconds', now() - n * interval '18 seconds') AS at) a`,
      [business, member, TOKENS],
    );
    await sql(
      superuserUrl,
      `INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, action, target_kind, target_id, outcome, details, leaf_hash)
       SELECT $1::uuid, n, gen_random_uuid(), now() - ($2 - n) * interval '1 minute', 'system', CASE WHEN n % 5 = 0 THEN 'token.revoked' ELSE 'token.' || n % 20 END,
         'token', 'none', 'success', '{}', '\\x00' FROM generate_series(1, $2) n`,
      [business, EVENTS],
    );
    await sql(superuserUrl, 'ANALYZE');
    session = new pg.Client({ connectionString: serviceUrlOf(database.url) });
    await session.connect();
    await session.query('SET enable_seqscan = off; SET jit = off');
  });
  afterAll(async () => {
    await session?.end();
    await database?.drop();
  });

  const subject: Record<Reach, string[]> = {
    business: [business],
    member: [business, member],
    identity: [business, member],
    token: [business, member],
    all: [],
  };
  const first = `${since
    .getTime()
    .toString(16)
    .padStart(12, '0')
    .replace(/(.{8})/, '$1-')}-7000-8000-000000000000`;

  async function explained(reach: Reach, text: string, values: unknown[]): Promise<Explained> {
    await session.query(`SET app.business_id = '${reach === 'all' ? '*' : business}'`);
    const { rows } = await session.query<{ 'QUERY PLAN': [Explained] }>(
      `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
      values,
    );
    return (rows[0] as { 'QUERY PLAN': [Explained] })['QUERY PLAN'][0];
  }

  const reaches: Reach[] = ['business', 'member', 'all'];
  it.each(
    reaches.flatMap((reach) => [
      {
        what: 'tokens by state',
        reach,
        ...stockOf(reach),
        values: subject[reach],
        most: 3 * (LOOKED_AT_MAX + 1),
      },
      {
        what: 'what was issued',
        reach,
        ...issuedOf(reach),
        values: [...times, ...(reach === 'all' ? [first] : subject[reach])],
        most: LOOKED_AT_MAX + 1,
      },
      {
        what: 'what was revoked',
        reach,
        ...revokedOf(reach),
        values: [...times, ...subject[reach]],
        // Of all logs the planner chooses among indexes by what it takes, and may read a few more.
        most: (reach === 'all' ? 2 : 1) * (LOOKED_AT_MAX + 1),
      },
    ]),
  )(
    '$what of $reach: a bounded number of rows, by an index, within 50 ms',
    async ({ reach, text, values, most }) => {
      const tookMs: number[] = [];
      const countingMs: number[] = [];
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { Plan: plan, 'Execution Time': ms } = await explained(reach, text, values);
        tookMs.push(ms);
        const counted = await session.query<{ 'QUERY PLAN': [Explained] }>(
          `EXPLAIN (ANALYZE, FORMAT JSON) SELECT count(*) FROM generate_series(1, ${NUMBERS_IN_THAT_TIME})`,
        );
        countingMs.push((counted.rows[0]?.['QUERY PLAN'][0] as Explained)['Execution Time']);
        const scans = every(plan).filter(({ 'Relation Name': table }) =>
          /^(tokens|audit_events)/.test(table ?? ''),
        );
        expect(scans.map((scan) => scan['Node Type'])).not.toContain('Seq Scan');
        const read = scans.reduce(
          (sum, scan) =>
            sum + (scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0)) * scan['Actual Loops'],
          0,
        );
        expect(read).toBeLessThanOrEqual(most);
      }
      expect(Math.min(...tookMs)).toBeLessThan(Math.max(TOOK_MS_MAX, Math.min(...countingMs)));
    },
  );

  it.each(['business', 'member'] as const)(
    'scopes in use of a %s: those of the newest tokens, by an index, and no others are read',
    async (reach) => {
      const owner = reach === 'business' ? null : { memberId: member };
      const { statement, values } = usedScopesOf(business, owner);
      const { Plan: plan } = await explained(reach, statement.text, values);
      const scans = every(plan).filter(({ 'Relation Name': table }) => table === 'tokens');
      expect(scans.map((scan) => scan['Node Type'])).not.toContain('Seq Scan');
      const read = scans.reduce(
        (sum, scan) =>
          sum + (scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0)) * scan['Actual Loops'],
        0,
      );
      expect(read).toBe(SCOPES_LOOKED_AT_MAX + 1);
    },
  );

  it('what was cut short is told as such, and counts what was looked at', async () => {
    await session.query(`SET app.business_id = '${business}'`);
    const { rows } = await session.query(stockOf('business').text, [business]);
    const { active, soonRead, laterRead, endlessRead } = rows[0];
    expect([soonRead, laterRead, endlessRead]).toEqual([
      LOOKED_AT_MAX + 1,
      LOOKED_AT_MAX + 1,
      LOOKED_AT_MAX + 1,
    ]);
    expect(active).toBeGreaterThan(2 * LOOKED_AT_MAX);
    const { rows: issued } = await session.query(issuedOf('business').text, [...times, business]);
    // Two days and two hours, 18 seconds apart.
    expect(issued[0]).toMatchObject({ read: LOOKED_AT_MAX + 1, last24h: expect.any(Number) as number });
    expect(issued[0].last24h).toBeGreaterThan(4790);
    expect(Date.now() - (issued[0].allFrom as Date).getTime()).toBeLessThan(2.2 * DAY_MS);
  });

  it.each(['owner', 'identity', 'business', 'pepper', 'platform'])(
    'what a cut-off by %s has ended is not counted before it is marked, and nothing else is left out',
    async (shape) => {
      const { superuserUrl } = database;
      const [cut, ownerId, machineId] = [randomUUID(), randomUUID(), randomUUID()];
      await sql(
        superuserUrl,
        `INSERT INTO businesses (id, name, slug) VALUES ($1::uuid, $1::text, $1::text)`,
        [cut],
      );
      await sql(
        superuserUrl,
        `INSERT INTO members (id, business_id, email, name, role) VALUES ($1, $2, 'grace@example.com', 'Grace', 'owner')`,
        [ownerId, cut],
      );
      await sql(
        superuserUrl,
        `INSERT INTO identities (id, business_id, name, role) VALUES ($1, $2, 'ci', 'owner')`,
        [machineId, cut],
      );
      // One of each owner and pepper that the cut-off reaches, and one of each that is issued behind it.
      const pepper = randomUUID().slice(0, 8);
      await sql(superuserUrl, `INSERT INTO peppers (id, current_since) VALUES ($1, now())`, [pepper]);
      for (const [owner, column, id, pepperId] of [
        ['user', 'member_id', ownerId, 'p'],
        ['identity', 'identity_id', machineId, 'p'],
        ['platform', 'member_id', null, pepper],
      ])
        await sql(
          superuserUrl,
          `INSERT INTO tokens (id, jti, business_id, owner_kind, ${column}, name, token_prefix, digest, pepper_id, scopes, created_at)
           SELECT gen_random_uuid(), substr(md5(random()::text), 1, 22), $1::uuid, $2, $3::uuid, 'x', 'dz_', '\\x00', $4, '{}', at
           FROM unnest(ARRAY[now() - interval '2 hours', now()]) AS at`,
          [cut, owner, id, pepperId],
        );
      const subject =
        { owner: ownerId, identity: machineId, business: cut, pepper: `pepper:${pepper}` }[shape] ??
        'platform';
      const log = shape === 'pepper' || shape === 'platform' ? '00000000-0000-0000-0000-000000000000' : cut;
      await session.query(`SET app.business_id = '${cut}'`);
      const count = async (): Promise<number> =>
        (await session.query<{ active: number }>(stockOf('business').text, [cut])).rows[0]?.active ?? NaN;
      expect(await count()).toBe(6);
      await sql(
        superuserUrl,
        `INSERT INTO revocations (id, business_id, shape, subject, selector, not_before, revoked_by, revocation_reason)
         VALUES (gen_random_uuid(), $1, $2, $3, '{}', date_trunc('milliseconds', now() - interval '1 hour'), 'ada@example.com', 'x')`,
        [log, shape, subject],
      );
      expect(await count()).toBe(['business', 'platform'].includes(shape) ? 3 : 5);
    },
  );
});
