import pg from 'pg';
import { indexOf, walkStatement, type Walk } from '../../../src/hygiene/notices.repository.js';
import {
  stretchesOf,
  walk as listWalk,
  WALK_BOUNDS,
} from '../../../src/token-rows/selection/token-walk.sql.js';
import { serviceUrlOf, sql } from '../../support/databases.js';
import { aBusiness, aMember, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const TOKENS = 20_000;
const LOOKED_AT = 500;

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

const every = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(every)];

describe('with 20,000 tokens of a business', () => {
  let business: TestBusiness;
  let session: pg.Client;
  beforeAll(async () => {
    const { superuserUrl, databaseUrl } = await sharedApp();
    business = await aBusiness();
    const { id } = await aMember(business);
    await business.api.within(null).patch(`/api/v1/admin/businesses/${business.id}`, {
      token_unused_days_max: 90,
      token_rotation_days: 100,
    });
    await sql(
      superuserUrl,
      `INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, token_prefix, digest, pepper_id, scopes, created_at, expires_at, last_used_at)
       SELECT gen_random_uuid(), substr(md5($1 || n), 1, 22), $1::uuid, 'user', $2::uuid, 'x', 'dz_', '\\x00', 'new', '{}',
         now() - n * interval '15 minutes', CASE WHEN n % 3 > 0 THEN now() + n * interval '1 hour' END,
         CASE WHEN n % 5 > 0 THEN now() - n * interval '14 minutes' END
       FROM generate_series(1, $3) n`,
      [business.id, id, TOKENS],
    );
    await sql(superuserUrl, 'ANALYZE tokens');
    session = new pg.Client({ connectionString: serviceUrlOf(databaseUrl) });
    await session.connect();
    // As sessions of the service have it (data-source-options.ts).
    await session.query(
      `SET enable_seqscan = off; SET jit = off; SET plan_cache_mode = force_generic_plan; SET app.business_id = '${business.id}'`,
    );
  });
  afterAll(() => session?.end());

  async function tokensRead(
    text: string,
    values: unknown[],
  ): Promise<{ indexes: Set<string>; read: number }> {
    const { rows } = await session.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
    const [{ Plan: plan }] = (rows[0] as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'];
    const scans = every(plan).filter((each) => each['Relation Name'] === 'tokens');
    return {
      // A bitmap scan has its index below it.
      indexes: new Set(
        scans.map((scan) => scan['Index Name'] ?? scan.Plans?.[0]?.['Index Name'] ?? scan['Node Type']),
      ),
      read: scans.reduce(
        (sum, scan) =>
          sum + (scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0)) * scan['Actual Loops'],
        0,
      ),
    };
  }

  it.each<Walk>(['expiring', 'used_before', 'never_used', 'old'])(
    'a walk over what is %s reads from its index no more than it looks at',
    async (walk) => {
      const values = [business.id, LOOKED_AT, '-infinity', '00000000-0000-0000-0000-000000000000'];
      const { indexes, read } = await tokensRead(walkStatement(walk).text, values);
      expect([...indexes]).toEqual([indexOf(walk)]);
      expect(read).toBeLessThanOrEqual(LOOKED_AT);
    },
  );

  it('the report looks at the newest tokens, and for each at what it was asked for', async () => {
    const { superuserUrl } = await sharedApp();
    await sql(
      superuserUrl,
      `INSERT INTO token_asked_scopes SELECT t.business_id, t.id, s, now() - interval '40 days', now()
       FROM tokens t CROSS JOIN unnest(ARRAY['a:read', 'b:read']) s WHERE t.business_id = $1`,
      [business.id],
    );
    await sql(superuserUrl, 'ANALYZE token_asked_scopes');
    const selection = {
      businessId: business.id,
      owner: null,
      selector: { overScopedDays: 30, status: 'active' as const },
      includeRevoked: false,
      sort: 'created_at' as const,
    };
    const values: unknown[] = [];
    const parameter = (value: unknown): string => `$${values.push(value)}`;
    await session.query('RESET plan_cache_mode');
    const [newest] = stretchesOf('created_at', 'DESC', null);
    const text = listWalk(newest as never, selection, 20, { rows: LOOKED_AT, names: LOOKED_AT }, parameter);
    const { rows } = await session.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
    const [{ Plan: plan }] = (rows[0] as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'];
    const asked = every(plan).filter((each) => each['Relation Name'] === 'token_asked_scopes');
    expect(new Set(asked.map((each) => each['Index Name']))).toEqual(new Set(['token_asked_scopes_pkey']));
    for (const scan of asked) expect(scan['Actual Rows']).toBeLessThanOrEqual(2);
    const { indexes, read } = await tokensRead(text, values);
    expect([...indexes]).toEqual(['tokens_created_at_idx']);
    expect(read).toBeLessThanOrEqual(LOOKED_AT);
  });

  it('the report reads of what is unused nothing that was used since', async () => {
    const values: unknown[] = [];
    const selection = {
      businessId: business.id,
      owner: null,
      selector: { unusedDays: 150 },
      includeRevoked: false,
      sort: 'last_used_at' as const,
    };
    const [, used] = stretchesOf('last_used_at', 'ASC', null);
    await session.query('RESET plan_cache_mode');
    const text = listWalk(used as never, selection, TOKENS, WALK_BOUNDS, (value) => `$${values.push(value)}`);
    const { indexes, read } = await tokensRead(text, values);
    const [row] = await session
      .query<{ unused: number }>(
        `SELECT count(*)::int AS unused FROM tokens WHERE business_id = $1 AND last_used_at < now() - interval '150 days'`,
        [business.id],
      )
      .then(({ rows }) => rows);
    expect([...indexes]).toEqual(['tokens_last_used_idx']);
    expect(row?.unused).toBeGreaterThan(1000);
    expect(read).toBeLessThanOrEqual((row?.unused ?? 0) + 10);
  });
});
