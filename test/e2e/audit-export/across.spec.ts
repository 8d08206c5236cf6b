import { verify } from '../../support/audit-export.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken, platform, type TestBusiness } from '../../support/factories.js';

interface Line {
  action: string;
  business_id: string | null;
  occurred_at: string;
  id: string;
}

describe('GET /api/v1/admin/audit/export', () => {
  let businesses: [TestBusiness, TestBusiness];

  beforeAll(async () => {
    businesses = [await aBusiness(), await aBusiness()];
    for (const business of [...businesses, ...businesses]) await aToken(business, { name: 'exported' });
  });

  const exported = async (query: string): Promise<string[]> => {
    const api = await platform();
    const { status, text } = await exchange(api.url, {
      method: 'GET',
      path: `/api/v1/admin/audit/export?${query}`,
      headers: [['authorization', `Bearer ${api.secret}`]],
    });
    expect(status).toBe(200);
    return text.split(/(?<=\n)/);
  };

  it('is of a business, with its proof, which remembers it', async () => {
    const [business] = businesses;
    const lines = await exported(`business_id=${business.id}`);
    const { vkey } = (await business.api.get('/api/v1/audit/key')).body as { vkey: string };
    expect(await verify(lines, vkey, [], ['--require-complete'])).toMatchObject({ code: 0, failures: [] });
    const { body } = await business.api.get('/api/v1/audit/events', { action: 'audit.exported' });
    expect(body.items).toMatchObject([{ actor: { kind: 'platform' } }]);
  });

  it('is of the platform unless it is told otherwise', async () => {
    const { vkey } = (await (await platform()).get('/api/v1/admin/audit/key')).body as { vkey: string };
    expect(await verify(await exported(''), vkey)).toMatchObject({ code: 0 });
  });

  it('is of all logs by time, each event once, and the platform remembers it', async () => {
    const lines = await exported('business_id=all&details=exported&action=token.issued');
    const events = lines.map((line) => JSON.parse(line) as Line);
    for (const { id } of businesses)
      expect(events.filter(({ business_id }) => business_id === id)).toHaveLength(2);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    const times = events.map(({ occurred_at }) => occurred_at);
    expect(times).toEqual(times.toSorted());
    const { body } = await (
      await platform()
    ).get('/api/v1/admin/audit/events', {
      business_id: 'platform',
      action: 'audit.exported',
      details: 'business_id=all',
    });
    expect(body.items.length).toBeGreaterThan(0);
  });

  it('has more than a page of them, and is a table when asked', async () => {
    const [{ api }] = businesses;
    await Promise.all(Array.from({ length: 101 }, () => api.get('/api/v1/audit/events', { limit: 1 })));
    const all = (await exported('business_id=all&format=csv')).slice(1);
    const [business] = businesses;
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter((line) => line.includes(business.id)).length).toBeGreaterThanOrEqual(5);
    const ids = all.map((line) => line.split(',')[1]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
