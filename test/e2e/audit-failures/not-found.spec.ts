import { randomUUID } from 'node:crypto';
import { sql } from '../../support/databases.js';
import {
  aBusiness,
  aMember,
  aToken,
  platform,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

interface Denial {
  actor: { token_id: string };
  target: { id: string };
  details: { method: string; route: string; code: string; count: number };
}

async function denials({ api }: TestBusiness): Promise<Denial[]> {
  const { body } = await api.get('/api/v1/audit/events', { action: 'access.denied', limit: 100 });
  return body.items as Denial[];
}

async function sizeOf(businessId: string): Promise<number> {
  const { databaseUrl } = await sharedApp();
  const [row] = await sql<{ size: number }>(
    databaseUrl,
    'SELECT size::int FROM audit_heads WHERE business_id = $1',
    [businessId],
  );
  return row?.size ?? 0;
}

describe('a call for what is not there, or not the caller’s', () => {
  let business: TestBusiness;
  let caller: TestToken;
  let foreign: TestBusiness;

  beforeEach(async () => {
    business = await aBusiness();
    caller = await aToken(business, { role: 'admin' });
    foreign = await aBusiness();
  });

  it('is recorded in the caller’s log, the same for another’s and for nobody’s, and not in the other’s', async () => {
    const theirs = await aToken(foreign);
    const size = await sizeOf(foreign.id);
    const told = [];
    for (const id of [theirs.id, randomUUID()]) {
      expect((await caller.api.post(`/api/v1/tokens/${id}/revoke`)).status).toBe(404);
      told.push(await denials(business));
    }
    const [second, first, ...others] = told[1] as Denial[];
    expect(others).toEqual([]);
    const of = { ...(first as Denial & Record<string, unknown>) };
    for (const own of ['id', 'sequence', 'occurred_at', 'request_id']) delete of[own as keyof typeof of];
    expect(second).toMatchObject(of);
    expect(of).toMatchObject({
      actor: { token_id: caller.id },
      details: {
        method: 'POST',
        route: '/api/v1/tokens/:token_id/revoke',
        code: 'token.not_found',
        count: 1,
      },
    });
    expect(JSON.stringify(told)).not.toContain(theirs.id);
    expect(await sizeOf(foreign.id)).toBe(size);
  });

  it('for a colleague’s token is recorded for who may not see it', async () => {
    const colleagues = await aToken(business);
    const own = await aToken(business);
    expect((await own.api.get(`/api/v1/tokens/${colleagues.id}`)).status).toBe(404);
    expect(await denials(business)).toMatchObject([
      { actor: { token_id: own.id }, details: { code: 'token.not_found', count: 1 } },
    ]);
  });

  it('is counted exactly, many in few events, and answered 404 all the same', async () => {
    const count = 120;
    const answers = await Promise.all(
      Array.from({ length: count }, () => caller.api.get(`/api/v1/tokens/${randomUUID()}`)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([404]));
    const told = await denials(business);
    expect(told.reduce((sum, { details }) => sum + details.count, 0)).toBe(count);
    expect(told.length).toBeLessThan(count / 2);
  });

  it.each([
    ['GET', (id: string) => `/api/v1/members/${id}`, 'member.not_found'],
    ['GET', (id: string) => `/api/v1/identities/${id}`, 'identity.not_found'],
    ['GET', (id: string) => `/api/v1/audit/events/${id}`, 'audit.event_not_found'],
    ['GET', (id: string) => `/api/v1/auth/token-auth/identities/${id}`, 'identity.not_found'],
  ])('is recorded whatever is asked for: %s %s', async (method, path, code) => {
    const { id } = await aMember(foreign);
    expect((await caller.api.call(method, path(id))).status).toBe(404);
    expect(await denials(business)).toMatchObject([{ details: { method, code, count: 1 } }]);
  });

  it('of the platform is recorded in the platform’s log', async () => {
    const api = await platform();
    const id = randomUUID();
    const { status, headers } = await api.get(`/api/v1/admin/businesses/${id}`);
    expect(status).toBe(404);
    const { body } = await api.get('/api/v1/admin/audit/events', {
      business_id: 'platform',
      request_id: headers['x-request-id'] as string,
    });
    expect(body.items).toMatchObject([{ action: 'access.denied', details: { code: 'business.not_found' } }]);
  });
});
