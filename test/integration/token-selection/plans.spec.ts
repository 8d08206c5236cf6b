import pg from 'pg';
import type { TokenSelector } from '../../../src/token-rows/selection/token-selector.js';
import { isInOneIndex } from '../../../src/token-rows/selection/selector.sql.js';
import {
  lastLookedAt,
  looksAtNames,
  stretchesOf,
  walk,
  WALK_BOUNDS,
} from '../../../src/token-rows/selection/token-walk.sql.js';
import type { OwnerFilter } from '../../../src/token-rows/token-owner.js';
import { TOKEN_SORTS, type TokenSort } from '../../../src/token-rows/token-sort.js';
import { serviceUrlOf, sql } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, type TestBusiness } from '../../support/factories.js';
import { readForwards } from '../../support/pages.js';
import { sharedApp } from '../../support/shared-app.js';

const TOKENS = 10_000;
const PAGE = 51;
/** As SET_ROW_ACCESS_IN_ORDER has it, and as it is otherwise. */
const IN_ORDER = ['plan_cache_mode = force_generic_plan', 'enable_sort = off', 'enable_bitmapscan = off'];
const BY_VALUES = ['plan_cache_mode = auto', 'enable_sort = on', 'enable_bitmapscan = on'];
/** What a page may read of the table beyond its own rows: those that are revoked, and of equal values. */
const READ_MAX = 400;
/** Members, identities, businesses, peppers, the platform, and the two logs whose cut-offs apply. */
const LOOK_UPS_MAX = 10;

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

describe('pages of a business with 10,000 tokens', () => {
  let business: TestBusiness;
  let session: pg.Client;
  let memberId: string;
  let identityId: string;
  const issuer = '00000000-0000-7000-a000-00000000abcd';
  const moment = (day: number): Date => new Date(Date.UTC(2026, 0, 1) + day * 86_400_000);

  beforeAll(async () => {
    const { superuserUrl, databaseUrl } = await sharedApp();
    business = await aBusiness();
    const [few, many] = [await aMember(business), await aMember(business)];
    memberId = few.id;
    identityId = (await anIdentity(business)).id;
    // By the superuser, whose rows the triggers of the log do not ask about; those of the table do their work.
    await sql(
      superuserUrl,
      `INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, identity_id, name, dialect, token_prefix, digest, pepper_id,
         scopes, created_at, expires_at, last_used_at, revoked_at, external_id, metadata, issued_by_token)
       SELECT gen_random_uuid(), substr(md5($1 || n), 1, 22), $1::uuid, CASE WHEN n % 500 = 7 THEN 'identity' ELSE 'user' END,
         CASE WHEN n % 500 = 7 THEN NULL WHEN n % 300 = 0 THEN $2::uuid ELSE $3::uuid END, CASE WHEN n % 500 = 7 THEN $4::uuid END,
         CASE WHEN n % 4 > 0 THEN 'job ' || (n / 3) END, 'native', 'dz_' || lpad(n::text, 4, '0') || '********' || lpad(n::text, 4, 'x'), '\\x00',
         CASE WHEN n = 5001 THEN 'old' ELSE 'new' END, CASE WHEN n IN (17, 9000) THEN '{billing:refund}'::text[] ELSE '{orders:read}' END,
         '2026-01-01'::timestamptz + n * interval '40 minutes', CASE WHEN n % 3 > 0 THEN '2027-01-01'::timestamptz + n * interval '40 minutes' END,
         CASE WHEN n % 5 > 0 THEN '2026-01-01'::timestamptz + n * interval '41 minutes' END, CASE WHEN n % 50 = 1 THEN '2026-10-01'::timestamptz END,
         CASE WHEN n % 2 = 0 THEN 'customer-' || n % 1000 END,
         CASE WHEN n % 2 = 0 THEN jsonb_build_object('customer', n % 1000, 'plan', 'pro') ELSE '{"plan": "pro"}' END,
         CASE WHEN n % 250 = 0 THEN $5::uuid END
       FROM generate_series(1, $6) n`,
      [business.id, few.id, many.id, identityId, issuer, TOKENS],
    );
    await sql(
      superuserUrl,
      `INSERT INTO token_addresses SELECT id, ('10.' || (row_number() OVER () / 100) || '.0.1')::inet, business_id, now(), now()
       FROM tokens WHERE business_id = $1`,
      [business.id],
    );
    await sql(superuserUrl, 'VACUUM ANALYZE tokens');
    await sql(superuserUrl, 'ANALYZE token_metadata, token_addresses');
    session = new pg.Client({ connectionString: serviceUrlOf(databaseUrl) });
    await session.connect();
    // As sessions of the service have it (data-source-options.ts).
    await session.query(`SET enable_seqscan = off; SET jit = off; SET app.business_id = '${business.id}'`);
  });
  afterAll(() => session?.end());

  interface Asked {
    selector?: TokenSelector;
    owner?: OwnerFilter;
    sort?: TokenSort;
    order?: 'ASC' | 'DESC';
    after?: { value: string; id: string } | null;
    edge?: boolean;
  }

  /** How many rows of tokens the statements of a first page read, and how many were sorted. */
  async function cost({
    selector = {},
    owner = null,
    sort = 'created_at',
    order = 'DESC',
    after = null,
    edge,
  }: Asked) {
    const selection = { businessId: business.id, owner, selector, includeRevoked: false, sort };
    let [read, sorted, names, lookUps] = [0, 0, 0, 0];
    const nodes = (plan: Plan): void => {
      const rows = plan['Actual Rows'] * plan['Actual Loops'];
      // The peppers are few.
      if (plan['Relation Name'] !== 'peppers') expect(plan['Node Type']).not.toBe('Seq Scan');
      if (plan['Relation Name'] !== 'tokens' && plan['Relation Name'] !== undefined)
        lookUps += plan['Actual Loops'];
      if (plan['Relation Name'] === 'tokens' && plan['Node Type'] === 'Index Only Scan') names += rows;
      else if (plan['Relation Name'] === 'tokens' && plan['Node Type'] !== 'Bitmap Index Scan')
        read += rows + (plan['Rows Removed by Filter'] ?? 0) * plan['Actual Loops'];
      for (const inner of plan.Plans ?? []) {
        if (plan['Node Type'].includes('Sort')) sorted += inner['Actual Rows'] * inner['Actual Loops'];
        nodes(inner);
      }
    };
    for (const stretch of stretchesOf(sort, order, after === null ? null : { ...after, sort })) {
      const values: unknown[] = [];
      const parameter = (value: unknown): string => `$${values.push(value)}`;
      const text =
        edge === true
          ? lastLookedAt(stretch, selection, WALK_BOUNDS, parameter)
          : walk(stretch, selection, PAGE, WALK_BOUNDS, parameter);
      const settings = isInOneIndex(selection) ? IN_ORDER : BY_VALUES;
      for (const setting of settings) await session.query(`SET ${setting}`);
      const { rows } = await session.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
        values,
      );
      nodes((rows[0]?.['QUERY PLAN'][0] as { Plan: Plan }).Plan);
    }
    return { read, sorted, names, lookUps };
  }

  const ID = '80000000-0000-4000-8000-000000000000';
  const MIDDLE: Record<TokenSort, string> = {
    created_at: moment(100).toISOString(),
    name: 'job 1700',
    last_used_at: moment(100).toISOString(),
    expires_at: moment(465).toISOString(),
  };

  it.each(TOKEN_SORTS.flatMap((sort) => (['ASC', 'DESC'] as const).map((order) => ({ sort, order }))))(
    'in the order of $sort $order read little more than themselves, from the beginning and from the middle on',
    async (asked) => {
      for (const after of [null, { value: MIDDLE[asked.sort], id: ID }]) {
        const { read, sorted } = await cost({ ...asked, after });
        expect(read).toBeLessThan(READ_MAX);
        // The sorted rows are those of the pages, at most twice, and of one hour.
        expect(sorted).toBeLessThan(READ_MAX);
      }
    },
  );

  it.each<[string, Asked]>([
    ['an external id', { selector: { externalId: 'customer-500' } }],
    ['an external id that nobody has', { selector: { externalId: 'nobody' } }],
    ['metadata of few', { selector: { metadata: [['customer', '500']] } }],
    ['metadata of all', { selector: { metadata: [['plan', 'pro']] } }],
    ['metadata of nobody', { selector: { metadata: [['plan', 'none']] } }],
    ['a range of addresses', { selector: { lastUsedFrom: '10.7.0.0/16' } }],
    ['an address that nobody used', { selector: { lastUsedFrom: '192.0.2.1' } }],
    ['an issuer', { selector: { issuedByToken: issuer } }],
    ['a whole preview', { selector: { preview: 'dz_0042********xx42' } }],
    ['a member', { owner: 'memberId' as never }],
    ['an identity', { owner: 'identityId' as never }],
    ['when they were issued', { selector: { createdAfter: moment(40), createdBefore: moment(41) } }],
    ['when they expire', { sort: 'expires_at', selector: { expiresBefore: moment(366) } }],
    ['that they never expire', { sort: 'expires_at', selector: { neverExpires: true } }],
    [
      'when they were used last',
      { sort: 'last_used_at', selector: { lastUsedAfter: moment(40), lastUsedBefore: moment(41) } },
    ],
  ])('by %s read what an index leads to', async (_what, asked) => {
    const owner = { memberId: { memberId }, identityId: { identityId } }[asked.owner as never] ?? null;
    const { read } = await cost({ ...asked, owner });
    expect(read).toBeLessThan(READ_MAX);
  });

  it('look their owners and the latest cut-off up once, not for each token', async () => {
    for (const selection of [{}, { owner: { memberId } }, { selector: { status: 'active' as const } }]) {
      const { read, lookUps } = await cost(selection);
      expect(read).toBeGreaterThan(20);
      expect(lookUps).toBeLessThanOrEqual(LOOK_UPS_MAX);
    }
  });

  it.each<[string, TokenSelector]>([
    ['scopes that nobody has', { scopesHas: ['nobody'] }],
    ['the only scopes', { scopesOnly: ['none'] }],
    ['a part of the name', { name: 'nothing' }],
    ['a part of the preview', { preview: 'zzz' }],
    ['a prefix', { prefix: 'other' }],
    ['a dialect', { dialect: 'vcita' }],
    ['a status', { status: 'expired', createdAfter: moment(1) }],
    ['a pepper', { pepperId: 'gone' }],
    ['how long they were not used', { unusedDays: 3000 }],
    ['the expiry, in the order of issue', { expiresBefore: moment(0) }],
  ])('by %s, which no index answers, look at a bounded number of tokens', async (_what, selector) => {
    for (const sort of TOKEN_SORTS) {
      const { read } = await cost({ selector, sort });
      expect(read).toBeLessThanOrEqual(WALK_BOUNDS.rows * 2);
      if (looksAtNames({ businessId: business.id, owner: null, selector, includeRevoked: false, sort }))
        continue;
      expect((await cost({ selector, sort, edge: true })).read).toBeLessThanOrEqual(WALK_BOUNDS.rows * 2);
    }
  });

  it.each(['created_at', 'name', 'expires_at'] as const)(
    'by a part of a name, in the order of %s, read names from the index and only the rows whose names match',
    async (sort) => {
      const few = await cost({ selector: { name: 'JOB 2999' }, sort, order: 'ASC' });
      expect(few.names).toBeGreaterThan(0);
      expect(few.names).toBeLessThanOrEqual(TOKENS);
      expect(few.read).toBeLessThan(10);
      const many = await cost({ selector: { name: 'job' }, sort });
      expect(many.read).toBeLessThan(READ_MAX);
    },
  );

  it('cost a use no write to an index, but the first in an hour', async () => {
    const { superuserUrl } = await sharedApp();
    const use = async (by: string): Promise<number> => {
      const client = new pg.Client({ connectionString: superuserUrl });
      await client.connect();
      try {
        await client.query('BEGIN');
        await client.query(
          `UPDATE tokens SET last_used_at = last_used_hour + $2::interval WHERE id = (SELECT id FROM tokens
             WHERE business_id = $1 AND last_used_at IS NOT NULL ORDER BY id LIMIT 1)`,
          [business.id, by],
        );
        const { rows } = await client.query<{ hot: number }>(
          `SELECT pg_stat_get_xact_tuples_hot_updated('tokens'::regclass)::int AS hot`,
        );
        await client.query('ROLLBACK');
        return rows[0]?.hot ?? NaN;
      } finally {
        await client.end();
      }
    };
    expect(await use('59 minutes')).toBe(1);
    expect(await use('61 minutes')).toBe(0);
  });

  it('that come out short go on until each has been found once, both ways', async () => {
    for (const sort_by of TOKEN_SORTS)
      for (const descending of [true, false]) {
        const query = { owner_email: '*', scopes_has: 'billing:refund', limit: 1, sort_by, descending };
        const { items } = await readForwards(business.api, '/api/v1/tokens', query);
        expect(new Set(items.map(({ id }) => id)).size).toBe(2);
        expect(items).toHaveLength(2);
        const { body } = await business.api.get('/api/v1/tokens', { ...query, pepper_id: 'none' });
        expect([body.items, body.has_next]).toEqual([[], true]);
      }
  });
});
