import { DataSource } from 'typeorm';
import type { CursorPosition, PageDirection } from '../../../src/common/page.js';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import { TokenPagesRepository } from '../../../src/token-rows/selection/token-pages.repository.js';
import type { TokenSelector } from '../../../src/token-rows/selection/token-selector.js';
import { sortValueOf, TOKEN_SORTS, type TokenSort } from '../../../src/token-rows/token-sort.js';
import { serviceUrlOf, sql } from '../../support/databases.js';
import { aBusiness, aMember, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const TOKENS = 600;
/** Small, so that a search goes on many times. */
const BOUNDS = { rows: 20, names: 50 };
const LIMIT = 7;
/** Of the kinds that a name may be: some tokens have none, some share one. */
const NAMES = `(ARRAY['Needle', 'NEEDLE two', '100% sure', 'snake_case', 'back\\slash', 'Zoë', 'hay', 'hay', 'hay', NULL])`;

describe('a search of tokens by a part of their name', () => {
  let business: TestBusiness;
  let other: TestBusiness;
  let dataSource: DataSource;
  let pages: TokenPagesRepository;

  beforeAll(async () => {
    const { superuserUrl, databaseUrl } = await sharedApp();
    [business, other] = [await aBusiness(), await aBusiness()];
    for (const { id } of [business, other]) {
      const member = await aMember(id === business.id ? business : other);
      // Twice 120 in a row have no needle: there the bounds are reached with nothing found.
      await sql(
        superuserUrl,
        `INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, dialect, token_prefix, digest, pepper_id,
           scopes, created_at, expires_at, last_used_at, revoked_at)
         SELECT gen_random_uuid(), substr(md5($1 || n), 1, 22), $1::uuid, 'user', $2::uuid,
           CASE WHEN n % 300 < 120 THEN 'hay' ELSE ${NAMES}[1 + n * 7 % 10] END, 'native',
           'dz_' || lpad(n::text, 4, '0') || '********' || lpad(n::text, 4, 'x'), '\\x00', 'new', '{orders:read}',
           '2026-01-01'::timestamptz + n / 3 * interval '1 minute',
           CASE WHEN n % 3 > 0 THEN '2027-01-01'::timestamptz + n / 4 * interval '1 minute' END,
           CASE WHEN n % 5 > 0 THEN '2026-02-01'::timestamptz + n / 2 * interval '20 minutes' END,
           CASE WHEN n % 6 = 1 THEN '2026-10-01'::timestamptz END
         FROM generate_series(1, $3) n`,
        [id, member.id, TOKENS],
      );
    }
    await sql(superuserUrl, 'VACUUM ANALYZE tokens');
    dataSource = await new DataSource(
      dataSourceOptions({ url: serviceUrlOf(databaseUrl), poolMax: 2 }),
    ).initialize();
    pages = new TokenPagesRepository(dataSource);
  });
  afterAll(() => dataSource.destroy());

  interface Asked {
    sort: TokenSort;
    descending: boolean;
    direction?: PageDirection;
  }

  /** All that is found, page by page, and in how many. */
  async function searched(selector: TokenSelector, { sort, descending, direction = 'next' }: Asked) {
    const found: { id: string; name: string | null; businessId: string | null }[] = [];
    let after: CursorPosition | null = null;
    for (let count = 1; ; count++) {
      const { tokens, goesOnAt } = await pages.page(business.id, {
        ...{ selector, sort, descending, direction, after, limit: LIMIT, bounds: BOUNDS },
        owner: null,
        includeRevoked: false,
      });
      const shown = tokens.slice(0, LIMIT);
      found.push(...shown);
      const last = tokens.length > LIMIT ? shown.at(-1) : undefined;
      if (last === undefined && goesOnAt === null) return { found, count };
      after = last === undefined ? goesOnAt : { sort, value: sortValueOf(last, sort), id: last.id };
    }
  }

  /** The same in one page, without bounds. */
  async function all(selector: TokenSelector, { sort, descending, direction = 'next' }: Asked) {
    const query = { selector, sort, descending, direction, owner: null, includeRevoked: false };
    const { tokens } = await pages.page(business.id, { ...query, after: null, limit: 1000, bounds: null });
    return tokens;
  }

  const idsOf = (tokens: readonly { id: string }[]): string[] => tokens.map(({ id }) => id);
  const ORDERS = TOKEN_SORTS.flatMap((sort) =>
    [true, false].flatMap((descending) =>
      (['next', 'prev'] as const).map((direction) => ({ sort, descending, direction })),
    ),
  );

  it.each(ORDERS)('finds each once, by $sort (descending: $descending, $direction)', async (asked) => {
    for (const selector of [
      { name: 'needle' },
      { name: 'needle two', scopesHas: ['orders:read'] },
      // All of the names match, and few of the rows.
      { name: 'e', status: 'revoked' as const },
      { name: 'nowhere' },
      { name: 'needle', scopesHas: ['nobody'] },
    ]) {
      const whole = await all(selector, asked);
      const { found } = await searched(selector, asked);
      expect(idsOf(found)).toEqual(idsOf(whole));
    }
    expect(await all({ name: 'needle' }, asked)).not.toHaveLength(0);
  });

  it.each(ORDERS.filter(({ sort }) => sort !== 'last_used_at'))(
    'looks at no name twice, by $sort (descending: $descending, $direction)',
    async (asked) => {
      const { found, count } = await searched({ name: 'two' }, asked);
      // Each page either shows as many as fit, or has looked at as many names as it may; each range ends once.
      expect(count).toBeLessThanOrEqual(
        Math.ceil(found.length / LIMIT) + Math.ceil(TOKENS / BOUNDS.names) + 2,
      );
    },
  );

  it.each([
    ['any case', 'nEEdLe', ['NEEDLE two', 'Needle']],
    ['a percent sign, which is one', '0%', ['100% sure']],
    ['an underscore, which is one', 'e_c', ['snake_case']],
    ['a backslash, which is one', 'k\\s', ['back\\slash']],
    ['a letter with an accent', 'zoë', ['Zoë']],
    ['the letter without its accent, which is another', 'zoe', []],
    ['a percent sign alone', '%%', []],
  ])('finds %s', async (_what, name, names) => {
    const { found } = await searched({ name }, { sort: 'created_at', descending: true });
    expect([...new Set(found.map((token) => token.name))].sort()).toEqual(names);
    expect(new Set(found.map(({ businessId }) => businessId))).toEqual(
      new Set(names.length > 0 ? [business.id] : []),
    );
  });
});
