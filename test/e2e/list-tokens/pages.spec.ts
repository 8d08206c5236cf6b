import { sql } from '../../support/databases.js';
import { aBusiness, aMember, type TestBusiness, type TestMember } from '../../support/factories.js';
import { readBackwards, readForwards } from '../../support/pages.js';
import { sharedApp } from '../../support/shared-app.js';

const TOKENS = 23;
const ISSUED_MEANWHILE = 4;
const LIST = '/api/v1/tokens';
const SORTS = ['created_at', 'name', 'last_used_at', 'expires_at'] as const;
const CASES = SORTS.flatMap((sort) => [true, false].map((descending) => ({ sort, descending })));

describe('GET /api/v1/tokens, page by page', () => {
  let databaseUrl: string;
  let business: TestBusiness;
  let member: TestMember;
  let own: string[];

  beforeAll(async () => {
    databaseUrl = (await sharedApp()).databaseUrl;
    business = await aBusiness();
    member = await aMember(business);
    own = await Promise.all(Array.from({ length: TOKENS }, (_, index) => issue(`token ${index % 7}`)));
    // Equal and missing sort values in every sort: only the id tells such rows apart.
    await sql(
      databaseUrl,
      `UPDATE tokens SET created_at = date_trunc('second', created_at), name = CASE WHEN n % 4 = 0 THEN NULL ELSE name END,
         last_used_at = CASE WHEN n % 3 = 0 THEN NULL ELSE '2026-01-01'::timestamptz + n / 6 * interval '1 day' END,
         expires_at = CASE WHEN n % 2 = 0 THEN NULL ELSE now() + (n / 6 + 1) * interval '1 day' END
       FROM (SELECT id AS number_of, row_number() OVER (ORDER BY id) AS n FROM tokens WHERE business_id = $1) numbered
       WHERE id = number_of`,
      [business.id],
    );
  });

  async function issue(name: string): Promise<string> {
    const { body } = await business.api.post(LIST, { name, owner_email: member.email });
    return body.token_info.id as string;
  }

  const idsOf = (items: { id: string }[]): string[] => items.map(({ id }) => id);

  it.each(CASES)(
    'by $sort (descending: $descending) shows each token once, forwards and backwards alike',
    async ({ sort, descending }) => {
      const query = { sort_by: sort, descending, limit: 5 };
      const { items, last } = await readForwards(business.api, LIST, query);
      expect(idsOf(items).sort()).toEqual([...own].sort());
      expect(idsOf(await readBackwards(business.api, LIST, query, last as never))).toEqual(idsOf(items));
      const { body: whole } = await business.api.get(LIST, { ...query, limit: 1000 });
      expect(idsOf(items)).toEqual(idsOf(whole.items));
      const { items: reversed } = await readForwards(business.api, LIST, {
        ...query,
        descending: !descending,
      });
      expect(idsOf(reversed)).toEqual(idsOf(items).reverse());
    },
  );

  it.each(CASES)(
    'by $sort (descending: $descending) neither repeats nor loses one while others are issued',
    async ({ sort, descending }) => {
      const query = { sort_by: sort, descending, limit: 4 };
      const later: string[] = [];
      const between = async (): Promise<void> => {
        if (later.length < ISSUED_MEANWHILE) later.push(await issue(`token ${later.length % 7}`));
      };
      const { items, last } = await readForwards(business.api, LIST, query, between);
      const back = await readBackwards(business.api, LIST, query, last, between);
      for (const seen of [idsOf(items), idsOf(back)]) {
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen).toEqual(expect.arrayContaining(own));
      }
      own.push(...later);
    },
  );

  it('goes on behind a token that was revoked and vanished from the list meanwhile', async () => {
    const { body: first } = await business.api.get(LIST, { limit: 5 });
    const edge = first.items[4].id as string;
    await business.api.post(`${LIST}/${edge}/revoke`);
    const { body: second } = await business.api.get(LIST, { limit: 5, cursor: first.next_cursor });
    expect(idsOf(second.items)).not.toContain(edge);
    expect(idsOf(second.items).some((id) => idsOf(first.items).includes(id))).toBe(false);
    const { body: all } = await business.api.get(LIST, {
      include_revoked: true,
      include_total_count: true,
      limit: 1,
    });
    const { body: good } = await business.api.get(LIST, { include_total_count: true, limit: 1 });
    expect(all.total - good.total).toBe(1);
  });

  it('takes its own cursor for the longest name there can be', async () => {
    const other = await aBusiness();
    const owner = await aMember(other);
    for (let index = 0; index < 3; index++)
      await other.api.post(LIST, { name: '😀'.repeat(254) + index, owner_email: owner.email });
    const { items } = await readForwards(other.api, LIST, { sort_by: 'name', limit: 1 });
    expect(items).toHaveLength(3);
  });

  it('says what an empty list and a list of one page are', async () => {
    const empty = await aBusiness();
    const { body } = await empty.api.get(LIST, { include_total_count: true });
    expect(body).toEqual({
      items: [],
      total: 0,
      total_exceeded: false,
      limit: 50,
      next_cursor: null,
      prev_cursor: null,
      has_next: false,
      has_prev: false,
    });
  });
});
