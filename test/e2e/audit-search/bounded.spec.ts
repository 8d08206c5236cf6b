import type { AnyBody } from '../../support/api.js';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, platform, type TestBusiness } from '../../support/factories.js';
import { lengthenLog, type ChosenEvent } from '../../support/long-log.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const EVENTS = 25_000;
/** As many as one page of a search looks through, and a page that is not full for it. */
const PAGES_MAX = Math.ceil(EVENTS / 10_000) + 1;
const NEEDLE = 5000;

const MINUTE_MS = 60_000;

/** Events long ago, a minute apart; one of them has a reason, and a machine as its actor. */
function eventOf(sequence: number): ChosenEvent {
  const isNeedle = sequence === NEEDLE + 1;
  return {
    action: 'token.changed',
    actorKind: isNeedle ? 'identity' : 'user',
    details: {},
    occurredAt: new Date(Date.UTC(2026, 0, 1) + (sequence - 1) * MINUTE_MS),
    reason: isNeedle ? 'found in a haystack' : null,
  };
}

describe('a search that no index answers', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url, env: { RESCIND_SEAL_MS: '3600000' } });
    business = await aBusiness({ url: app.url });
    await lengthenLog(database, business.id, EVENTS + 1, eventOf);
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
