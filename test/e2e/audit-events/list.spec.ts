import {
  aBusiness,
  aMember,
  aToken,
  platform,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';

interface Event {
  id: string;
  sequence: number;
  action: string;
  actor: { kind: string; id: string | null; email: string | null; token_id: string | null };
  target: { kind: string; id: string | null };
  reason: string | null;
  outcome: string;
  request_id: string;
  occurred_at: string;
  details: Record<string, unknown>;
}

const EVENTS = '/api/v1/audit/events';

describe('GET /api/v1/audit/events', () => {
  let business: TestBusiness;
  let admin: TestToken;
  let victim: TestToken;
  let adminEmail: string;
  let revokedAt: string;

  const search = async (query: Record<string, string | number>): Promise<Event[]> => {
    const { status, body } = await business.api.get(EVENTS, query);
    expect(status).toBe(200);
    return (body as { items: Event[] }).items;
  };

  beforeAll(async () => {
    business = await aBusiness();
    const member = await aMember(business, 'admin');
    adminEmail = member.email;
    admin = await aToken(business, { member });
    victim = await aToken(business);
    const { status, body } = await admin.api.post(`/api/v1/tokens/${victim.id}/revoke`, {
      reason: 'Laptop 100% stolen_',
    });
    revokedAt = body.data.revoked_at as string;
    expect(status).toBe(201);
    expect((await victim.api.get('/api/v1/tokens')).status).toBe(401);
    const developer = await aToken(business, { role: 'developer' });
    expect((await developer.api.get(EVENTS)).status).toBe(403);
  });

  it('finds an event by each of its properties', async () => {
    const [revoked] = await search({ action: 'token.revoked' });
    expect(revoked).toMatchObject({
      action: 'token.revoked',
      target: { kind: 'token', id: victim.id },
      actor: { kind: 'user', email: adminEmail, token_id: admin.id },
      reason: 'Laptop 100% stolen_',
    });
    const event = revoked as Event;
    const queries: Record<string, string | number>[] = [
      { action: 'token.*', target_id: victim.id, order: 'newest' },
      { actor: adminEmail },
      { actor: adminEmail.toUpperCase() },
      { actor: event.actor.id as string },
      { actor_kind: 'user' },
      { target_kind: 'token', target_id: victim.id },
      { token_id: victim.id },
      { token_id: admin.id },
      { token_id: admin.id, action: 'token.*' },
      { outcome: 'success', reason: 'STOLEN' },
      { reason: '100% stolen_' },
      { request_id: event.request_id },
      { ip: '127.0.0.1' },
      { from: event.occurred_at },
      { sequence_from: event.sequence, sequence_to: event.sequence },
    ];
    for (const query of queries) expect((await search(query)).map(({ id }) => id)).toContain(event.id);
    const without: Record<string, string | number>[] = [
      { action: 'member.*' },
      { action: 'token.unheard_of' },
      { actor: 'nobody@example.com' },
      { reason: '100_' },
      { outcome: 'denied' },
      { to: event.occurred_at },
      { sequence_to: event.sequence - 1 },
      { target_kind: 'member' },
    ];
    for (const query of without) expect((await search(query)).map(({ id }) => id)).not.toContain(event.id);
  });

  it('shows a denied access as an event of its own', async () => {
    expect(await search({ outcome: 'denied', not_action: 'token.use_refused' })).toMatchObject([
      { action: 'access.denied', details: { code: 'permission.denied' } },
    ]);
  });

  it('pages through every event once in both directions, while the log grows by the reading itself', async () => {
    for (const order of ['newest', 'oldest']) {
      const seen: number[] = [];
      let cursor: string | undefined;
      let last = Infinity;
      for (let page = 0; page < 50; page += 1) {
        const { body } = await business.api.get(EVENTS, {
          limit: 3,
          order,
          action: 'token.*',
          not_action: 'token.use_refused',
          ...(cursor === undefined ? {} : { cursor }),
        });
        const { items, next_cursor } = body as { items: Event[]; next_cursor: string | null };
        seen.push(...items.map(({ sequence }) => sequence));
        if (next_cursor === null) break;
        cursor = next_cursor;
        last = page;
      }
      expect(last).toBeLessThan(49);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.length).toBe(4);
      expect(seen).toEqual(
        [...seen].sort((left, right) => (order === 'newest' ? right - left : left - right)),
      );
    }
  });

  it('records who read the log, and for what, without anything that could be a secret', async () => {
    await search({ reason: victim.secret.slice(0, 60), action: 'token.revoked' });
    const [read] = await search({ action: 'audit.read' });
    expect(read).toMatchObject({ action: 'audit.read', actor: { kind: 'platform' } });
    expect(JSON.stringify(read)).not.toContain(victim.secret.slice(10, 50));
    expect(read?.details.filter).toContain('action=token.revoked');
  });

  it('reads one event, and answers alike for a missing one and one of another business', async () => {
    const [event] = await search({ action: 'token.revoked' });
    const found = await business.api.get(`${EVENTS}/${event?.id}`);
    expect(found.body).toEqual(event);
    const other = await aBusiness();
    const foreign = await other.api.get(`${EVENTS}/${event?.id}`);
    const missing = await other.api.get(`${EVENTS}/0199c0de-0000-7000-8000-000000000000`);
    expect(foreign.status).toBe(404);
    expect({ ...foreign.body, request_id: '' }).toEqual({ ...missing.body, request_id: '' });
  });

  it('refuses what cannot be a filter, with nothing read', async () => {
    const bad: Record<string, string | number>[] = [
      { action: 'token' },
      { from: 'yesterday' },
      { from: '2026-02-31' },
      { sequence_from: 0 },
      { token_id: 'x' },
      { ip: 'a\u0000b' },
      { unknown: 1 },
      { order: 'random' },
      { outcome: 'good' },
    ];
    for (const query of bad) expect((await business.api.get(EVENTS, query)).status).toBe(422);
    expect((await business.api.get(EVENTS, { cursor: 'AAAA' })).status).toBe(400);
  });

  it('counts events by day and action', async () => {
    const { status, body } = await business.api.get('/api/v1/audit/summary');
    expect(status).toBe(200);
    expect((body as { items: unknown[] }).items).toContainEqual({
      day: revokedAt.slice(0, 10),
      action: 'token.revoked',
      count: 1,
    });
  });

  it('lets the platform search all logs, and its own', async () => {
    const api = await platform();
    const across = await api.get('/api/v1/admin/audit/events', {
      token_id: victim.id,
      order: 'oldest',
      limit: 1,
    });
    expect(across.status).toBe(200);
    const { items, next_cursor } = across.body as { items: Event[]; next_cursor: string };
    expect(items).toMatchObject([{ action: 'token.issued' }]);
    const next = await api.get('/api/v1/admin/audit/events', {
      token_id: victim.id,
      order: 'oldest',
      limit: 1,
      cursor: next_cursor,
    });
    expect(next.body.items).toMatchObject([{ action: 'token.revoked' }]);
    const own = await api.get('/api/v1/admin/audit/events', {
      business_id: 'platform',
      action: 'audit.read',
    });
    expect(own.body.items[0]).toMatchObject({ business_id: null, action: 'audit.read' });
    expect((await admin.api.get('/api/v1/admin/audit/events')).status).toBe(403);
  });

  it.each([
    ['a secret that an operator may have chosen', 'an-operators-own-secret-of-this-length'],
    ['one of 32 characters', 'abcdefghijklmnopqrstuvwxyz012345'],
  ])('records the search for %s without it', async (_, secret) => {
    const business = await aBusiness();
    expect((await business.api.get('/api/v1/audit/events', { details: secret })).status).toBe(200);
    const { body } = await business.api.get('/api/v1/audit/events', { action: 'audit.read' });
    expect(JSON.stringify(body)).not.toContain(secret);
    expect(body.items[0].details.filter).toBe('details=%5Bredacted%5D');
  });
});
