import { sql } from '../../support/databases.js';
import { aBusiness, aToken, platform, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { waitFor } from '../../support/wait-for.js';
import { Tail } from './tail.js';

interface Event {
  id: string;
  business_id: string | null;
  sequence: number;
  action: string;
  target: { id: string | null };
}

const eventsOf = (tail: Tail): Event[] =>
  [...tail.text.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data as string) as Event);
const hasTold = (tail: Tail, id: string): boolean => eventsOf(tail).some(({ target }) => target.id === id);

describe('GET /api/v1/admin/audit/stream?business_id=all', () => {
  it('follows all logs, that of the platform and of businesses that come to be among them, each without a gap', async () => {
    const api = await platform();
    const old = await aBusiness();
    const tail = await Tail.openOfPlatform(api, '?business_id=all');
    await waitFor('the beginning', () => tail.text.includes('retry: '));
    const young = await aBusiness();
    const businesses = [old, young] as [TestBusiness, TestBusiness];
    const tokens = await Promise.all(
      Array.from({ length: 30 }, (_, number) => aToken(businesses[number % 2] as TestBusiness)),
    );
    const own = await api.post('/api/v1/admin/tokens', { name: 'followed' });
    for (const { id } of tokens) await waitFor('the event', () => hasTold(tail, id));
    await waitFor('the event of the platform', () => hasTold(tail, own.body.token_info.id as string));
    tail.close();
    const events = eventsOf(tail);
    for (const { id } of businesses) {
      const sequences = events
        .filter(({ business_id }) => business_id === id)
        .map(({ sequence }) => sequence);
      expect(sequences).toEqual(sequences.map((_, index) => (sequences[0] as number) + index));
    }
    expect(events.find(({ business_id }) => business_id === young.id)?.sequence).toBe(1);
    const { body } = await api.get('/api/v1/admin/audit/events', {
      business_id: 'platform',
      action: 'audit.read',
      details: 'business_id=all',
    });
    expect((body as { items: unknown[] }).items.length).toBeGreaterThan(0);
  });

  it('resumes without a gap, and with as little as a filter wants', async () => {
    const api = await platform();
    const business = await aBusiness();
    const query = '?business_id=all&action=token.issued';
    const tail = await Tail.openOfPlatform(api, query);
    await waitFor('the beginning', () => tail.text.includes('retry: '));
    const first = await aToken(business);
    await waitFor('the first', () => hasTold(tail, first.id));
    tail.close();
    const missed = await Promise.all(Array.from({ length: 60 }, () => aToken(business)));
    const last = String(tail.sequences.at(-1));
    const again = await Tail.openOfPlatform(api, query, { 'last-event-id': last });
    for (const { id } of missed) await waitFor('what was missed', () => hasTold(again, id));
    const late = await aToken(business);
    await waitFor('what comes now', () => hasTold(again, late.id));
    again.close();
    expect(new Set(eventsOf(again).map(({ action }) => action))).toEqual(new Set(['token.issued']));
  });

  it('shows what is committed late in its place', async () => {
    const { superuserUrl } = await sharedApp();
    const api = await platform();
    const [slow, quick] = [await aBusiness(), await aBusiness()];
    const tail = await Tail.openOfPlatform(api, '?business_id=all&action=token.issued');
    await waitFor('the beginning', () => tail.text.includes('retry: '));
    const held = sql(
      superuserUrl,
      `WITH held AS (SELECT FROM audit_heads WHERE business_id = $1 FOR UPDATE) SELECT pg_sleep(1) FROM held`,
      [slow.id],
    );
    const member = await slow.api.post('/api/v1/tokens', { name: 'of nobody', scopes: ['jobs:read'] });
    const other = await aToken(quick);
    await held;
    await waitFor(
      'both',
      () => hasTold(tail, other.id) && hasTold(tail, member.body.token_info.id as string),
    );
    tail.close();
  });

  it('ends when its token is revoked, and is for the platform alone', async () => {
    const api = await platform();
    const { body } = await api.post('/api/v1/admin/tokens', { name: 'reader' });
    const tail = await Tail.openOfPlatform(api.as(body.token as string), '?business_id=all');
    await waitFor('the beginning', () => tail.text.includes('retry: '));
    await api.post(`/api/v1/admin/tokens/${body.token_info.id}/revoke`);
    await waitFor('the end', () => tail.ended);
    const business = await aBusiness();
    const owner = await aToken(business, { role: 'owner' });
    const asked = { business_id: 'all' };
    expect((await owner.api.within(null).get('/api/v1/admin/audit/stream', asked)).status).toBe(403);
  });

  it.each<Record<string, string | number>>([
    { details: 'x' },
    { reason: 'x' },
    { ip: '10.0.0.0/8' },
    { sequence_from: 1 },
  ])('refuses a filter that it cannot follow by: %j', async (filter) => {
    const { status } = await (
      await platform()
    ).get('/api/v1/admin/audit/stream', { business_id: 'all', ...filter });
    expect(status).toBe(422);
  });
});
