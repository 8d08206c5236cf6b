import { sql } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const PATH = '/api/v1/reports/hygiene';

interface OverScoped {
  token: { id: string };
  status: string;
  unused_scopes: string[];
  asked_scopes: { scope: string; first_asked_at: string; last_asked_at: string }[];
  known_since: string;
  scopes_unsaid_at: string | null;
}

describe('over-scoped tokens in GET /api/v1/reports/hygiene', () => {
  let business: TestBusiness;
  let superuserUrl: string;
  beforeAll(async () => {
    ({ superuserUrl } = await sharedApp());
  });
  beforeEach(async () => {
    business = await aBusiness();
  });

  /** @param days ago, for the first time and for the last */
  const asked = (token: TestToken, scope: string, first: number, last = 0, of = business): Promise<unknown> =>
    sql(
      superuserUrl,
      `INSERT INTO token_asked_scopes (business_id, token_id, scope, first_asked_at, last_asked_at)
       VALUES ($1, $2, $3, now() - make_interval(days => $4), now() - make_interval(days => $5))`,
      [of.id, token.id, scope, first, last],
    );
  const report = async (query: Record<string, string | number> = {}, api = business.api) => {
    const { status, body } = await api.get(PATH, { finding: 'over_scoped', ...query });
    expect(status).toBe(200);
    return body.over_scoped as {
      count: number;
      has_older: boolean;
      items: OverScoped[];
      next_cursor: string | null;
    };
  };
  const idsOf = ({ items }: { items: OverScoped[] }): string[] => items.map(({ token }) => token.id);

  it('are those with a scope that no verdict asked for, with what was asked for and since when that is known', async () => {
    const over = await aToken(business, { scopes: ['a:read', 'a:write', 'b:read'] });
    const whole = await aToken(business, { scopes: ['a:read'] });
    await asked(over, 'a:read', 40, 1);
    await asked(over, 'b:read', 35, 30);
    await asked(whole, 'a:read', 40);
    const found = await report();
    expect([found.count, found.has_older, found.next_cursor]).toEqual([1, false, null]);
    const [item] = found.items as [OverScoped];
    expect(item).toMatchObject({
      token: { id: over.id, scopes: ['a:read', 'a:write', 'b:read'] },
      status: 'over_scoped',
      unused_scopes: ['a:write'],
      asked_scopes: [{ scope: 'a:read' }, { scope: 'b:read' }],
      scopes_unsaid_at: null,
    });
    expect(item.known_since).toBe(item.asked_scopes[0]?.first_asked_at);
    const days = (Date.now() - Date.parse(item.known_since)) / 86_400_000;
    expect(Math.round(days)).toBe(40);
  });

  it('are none of which no verdict ever asked for a scope, nor any that has none', async () => {
    await aToken(business, { scopes: ['a:read'] });
    const bare = await aToken(business, { scopes: [] });
    await asked(bare, 'a:read', 40);
    const silent = await aToken(business, { scopes: ['a:read'] });
    await asked(silent, '', 40);
    expect(await report()).toEqual({ count: 0, has_older: false, items: [], next_cursor: null });
  });

  it('are those alone that were asked for one long enough ago', async () => {
    const [young, old] = [
      await aToken(business, { scopes: ['a:read', 'b:read'] }),
      await aToken(business, { scopes: ['a:read', 'b:read'] }),
    ];
    await asked(young, 'a:read', 29);
    await asked(old, 'a:read', 31);
    expect(idsOf(await report())).toEqual([old.id]);
    expect(idsOf(await report({ asked_days: 20 }))).toEqual([old.id, young.id]);
    expect(idsOf(await report({ asked_days: 40 }))).toEqual([]);
    const { body } = await business.api.get(PATH, { asked_days: 20 });
    expect([body.asked_days, body.over_scoped.count]).toEqual([20, 2]);
  });

  it('are unknown where they were also good and nobody said which scopes that took', async () => {
    const token = await aToken(business, { scopes: ['a:read', 'b:read'] });
    await asked(token, 'a:read', 40);
    await asked(token, '', 20, 10);
    const { items } = await report();
    expect(items).toMatchObject([{ status: 'unknown', unused_scopes: ['b:read'] }]);
    const days = (Date.now() - Date.parse(items[0]?.scopes_unsaid_at as string)) / 86_400_000;
    expect(Math.round(days)).toBe(10);
  });

  it('carry a scope that was asked for only as a part of a wider one', async () => {
    const writer = await aToken(business, { scopes: ['a:write'] });
    await asked(writer, 'a:read', 40);
    const admin = await aToken(business, { role: 'admin', scopes: ['rescind:business:admin'] });
    await asked(admin, 'rescind:tokens:read', 40);
    expect((await report()).items).toMatchObject([
      { unused_scopes: ['rescind:business:admin'], asked_scopes: [{ scope: 'rescind:tokens:read' }] },
      { unused_scopes: ['a:write'], asked_scopes: [{ scope: 'a:read' }] },
    ]);
  });

  it('are active ones, newest first, each page behind the last', async () => {
    const member = await aMember(business);
    const tokens: TestToken[] = [];
    for (let n = 0; n < 5; n++) {
      const token = await aToken(business, { member, scopes: ['a:read', 'b:read'] });
      await asked(token, 'a:read', 40 + n);
      tokens.push(token);
    }
    await business.api.post(`/api/v1/tokens/${tokens[2]?.id}/revoke`);
    const expected = [4, 3, 1, 0].map((index) => tokens[index]?.id);
    const read: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await report({ limit: 1, ...(cursor === '' ? {} : { cursor }) });
      expect(page.count).toBe(4);
      read.push(...idsOf(page));
      cursor = page.next_cursor;
    }
    expect(read).toEqual(expected);
  });

  it('are told of by those who may read them, and not to other businesses', async () => {
    const scopes = ['rescind:tokens:read', 'a:read'];
    const own = await aToken(business, { scopes });
    const other = await aToken(business, { scopes });
    for (const token of [own, other]) await asked(token, 'rescind:tokens:read', 40);
    const mine = await report({}, own.api);
    expect([mine.count, idsOf(mine)]).toEqual([1, [own.id]]);
    const auditor = await aToken(business, { role: 'auditor', scopes: ['rescind:tokens:read'] });
    expect((await report({}, auditor.api)).count).toBe(2);
    const stranger = await aBusiness();
    expect(await report({}, stranger.api)).toMatchObject({ count: 0, items: [] });
    // A row of theirs about a token of ours says nothing of it.
    const whole = await aToken(business, { scopes: ['a:read', 'b:read'] });
    await asked(whole, 'a:read', 40, 0, stranger);
    expect((await report()).count).toBe(2);
    expect((await report({}, stranger.api)).count).toBe(0);
  });

  it.each([
    ['no days', { asked_days: 0 }],
    ['days that are none', { asked_days: 'soon' }],
    ['more days than ten years', { asked_days: 3651 }],
  ])('are not told of for %s', async (_, query) => {
    expect((await business.api.get(PATH, query)).status).toBe(422);
  });
});
