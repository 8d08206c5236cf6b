import type { AnyBody } from '../../support/api.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, platform, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const EVENTS = 25_000;
/** As many as one page of a search looks through, and a page that is not full for it. */
const PAGES_MAX = Math.ceil(EVENTS / 10_000) + 1;
const NEEDLE = 5000;

/** Events long ago, a minute apart; one of them has a reason, and a machine as its actor. */
const FILL = `
INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, action, target_kind, outcome, reason, details, leaf_hash)
SELECT $1, 1 + n, gen_random_uuid(), '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 minute', CASE WHEN n = ${NEEDLE} THEN 'identity' ELSE 'user' END,
  'token.renamed', 'token', 'success', CASE WHEN n = ${NEEDLE} THEN 'found in a haystack' END, '{}', sha256('') FROM generate_series(1, ${EVENTS}) AS n`;

describe('a search that no index answers', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;

  beforeAll(async () => {
    database = await freshDatabase();
    // Sealing would alarm at events that were never written by the service.
    app = await startRescind({ databaseUrl: database.url, env: { RESCIND_SEAL_MS: '3600000' } });
    business = await aBusiness({ url: app.url });
    await sql(database.superuserUrl, FILL, [business.id]);
    const size = 'UPDATE audit_heads SET size = $2 WHERE business_id = $1';
    await sql(database.superuserUrl, size, [business.id, EVENTS + 1]);
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  /** All items, page by page to the end. */
  async function collect(api: TestBusiness['api'], path: string, query: Record<string, string>) {
    const items: AnyBody[] = [];
    let pages = 0;
    for (let cursor: string | null = ''; cursor !== null; pages += 1) {
      const { status, body } = await api.get(path, { ...query, ...(cursor === '' ? {} : { cursor }) });
      expect([status, body.has_next]).toEqual([200, body.next_cursor !== null]);
      items.push(...(body.items as AnyBody[]));
      cursor = body.next_cursor as string | null;
    }
    return { items, pages };
  }

  it.each([
    ['reason', { reason: 'HAYSTACK' }],
    ['actor kind', { actor_kind: 'identity' }],
    ['time and action', { action: 'token.*', from: '2026-01-04T11:20:00Z', to: '2026-01-04T11:21:00Z' }],
    ['reason, oldest first', { reason: 'haystack', order: 'oldest' }],
  ])('by %s looks at a part of the log a page, and finds what there is', async (_, query) => {
    const { items, pages } = await collect(business.api, '/api/v1/audit/events', query);
    expect(items.map(({ sequence }) => sequence as number)).toEqual([NEEDLE + 1]);
    expect(pages).toBeLessThanOrEqual(PAGES_MAX);
  });

  it('that matches nothing says so after a few pages, and the first of them says that it goes on', async () => {
    const { items, pages } = await collect(business.api, '/api/v1/audit/events', { reason: 'not there' });
    expect(items).toEqual([]);
    expect(pages).toBeGreaterThan(1);
    expect(pages).toBeLessThanOrEqual(PAGES_MAX);
  });

  it('across businesses does the same', async () => {
    const api = await platform(app.url);
    const { items, pages } = await collect(api, '/api/v1/admin/audit/events', { reason: 'haystack' });
    expect(items.map(({ sequence }) => sequence as number)).toEqual([NEEDLE + 1]);
    expect(pages).toBeGreaterThan(1);
    expect(pages).toBeLessThanOrEqual(PAGES_MAX);
  });

  it('an export by such a filter is whole all the same', async () => {
    const { status, text } = await exchange(app.url, {
      method: 'GET',
      path: '/api/v1/audit/export?format=csv&reason=haystack',
      headers: [
        ['authorization', `Bearer ${business.api.secret}`],
        ['x-business-id', business.id],
      ],
    });
    expect(status).toBe(200);
    expect(text.trim().split('\r\n')).toHaveLength(2);
  });
});
