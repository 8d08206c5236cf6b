import { randomUUID } from 'node:crypto';
import type { AnyBody } from '../../support/api.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { sql } from '../../support/databases.js';
import { sharedApp } from '../../support/shared-app.js';

const EVENTS = '/api/v1/audit/events';

describe('a search of the log', () => {
  let business: TestBusiness;
  let admin: TestToken;
  let email: string;

  const actions = async (query: Record<string, string>): Promise<string[]> => {
    const { status, body } = await business.api.get(EVENTS, { not_action: 'audit.*', ...query, limit: 200 });
    expect(status).toBe(200);
    return (body.items as { action: string }[]).map(({ action }) => action).sort();
  };

  beforeAll(async () => {
    business = await aBusiness();
    const member = await aMember(business, 'admin');
    email = member.email;
    admin = await aToken(business, { member, name: 'quoted "name" 100%' });
    await admin.api.post('/api/v1/identities', { name: 'ci-filters', role: 'developer' });
    await admin.api.get('/api/v1/admin/businesses');
  });

  it('takes several actions, and leaves others out', async () => {
    expect(await actions({ action: 'member.added,identity.created' })).toEqual([
      'identity.created',
      'member.added',
    ]);
    expect(await actions({ action: 'member.*,identity.*,business.created' })).toEqual([
      'business.created',
      'identity.created',
      'member.added',
    ]);
    const all = await actions({});
    expect(all).toContain('access.denied');
    expect(await actions({ not_action: 'audit.*,access.denied,token.*' })).toEqual(
      all.filter((action) => action !== 'access.denied' && !action.startsWith('token.')),
    );
    expect(await actions({ action: 'token.*', not_action: 'token.*' })).toEqual([]);
  });

  it('leaves out an actor, a kind of actor or target, an outcome', async () => {
    const byAdmin = ['access.denied', 'identity.created'];
    expect(await actions({ actor: email })).toEqual(byAdmin);
    const rest = (await actions({})).filter((action) => !byAdmin.includes(action));
    expect(await actions({ not_actor: email })).toEqual(rest);
    expect(await actions({ not_actor_kind: 'platform' })).toEqual(byAdmin);
    expect(await actions({ not_actor_kind: 'user' })).toEqual(rest);
    expect(await actions({ not_outcome: 'success' })).toEqual(['access.denied']);
    expect(await actions({ not_target_kind: 'token' })).not.toContain('token.issued');
  });

  it('finds a text in the details as it was written, whatever JSON makes of it', async () => {
    for (const details of ['quoted "NAME" 100%', '"name" 1', '100%'])
      expect(await actions({ details, action: 'token.issued' })).toEqual(['token.issued']);
    expect(await actions({ details: '100_' })).toEqual([]);
  });

  it('finds ranges of addresses, also of such as a proxy wrote in IPv6, and passes over what is none', async () => {
    const { databaseUrl } = await sharedApp();
    const read = async (ip: string): Promise<boolean> => {
      const [row] = await sql<{ lies: boolean | null }>(
        databaseUrl,
        `SELECT audit_address($1) <<= '10.0.0.0/8'::inet AS lies`,
        [ip],
      );
      return row?.lies === true;
    };
    for (const ip of ['10.1.2.3', '::ffff:10.1.2.3', '::FFFF:10.255.0.1'])
      expect([ip, await read(ip)]).toEqual([ip, true]);
    for (const ip of ['11.0.0.1', '::1', 'unknown', '1.2.3.4.5', '10.0.0.300', 'fe80::1%eth0', '::::', ''])
      expect([ip, await read(ip)]).toEqual([ip, false]);
    const all = await actions({});
    expect(await actions({ ip: '127.0.0.0/8' })).toEqual(all);
    expect(await actions({ ip: '0.0.0.0/0', not_ip: '10.0.0.0/8' })).toEqual(all);
    expect(await actions({ not_ip: '127.0.0.1' })).toEqual([]);
    expect(await actions({ ip: '2001:db8::/32' })).toEqual([]);
  });

  it('takes a time whose plus sign was not encoded for what it must have been', async () => {
    const call = async (query: string) =>
      JSON.parse(
        (
          await exchange(business.api.url, {
            method: 'GET',
            path: `${EVENTS}?${query}`,
            headers: [
              ['authorization', `Bearer ${business.api.secret}`],
              ['x-business-id', business.id],
            ],
          })
        ).text,
      );
    const soon = new Date(Date.now() + 3_600_000 + 7_200_000).toISOString().slice(0, 19);
    const past = new Date(Date.now() - 86_400_000).toISOString().slice(0, 19);
    const found = await call(`action=member.added&from=${past}+02:00&to=${soon}+02:00`);
    expect(found.items).toHaveLength(1);
    expect((await call(`from=${past} 02:0`.replace(' ', '%20'))).code).toBe('input.invalid');
    expect((await call(`from=${past.slice(0, 10)}+02:00`)).code).toBe('input.invalid');
  });

  it('counts what it finds when asked, whatever the page', async () => {
    const count = async (query: Record<string, string | boolean | number>): Promise<AnyBody> =>
      (await business.api.get(EVENTS, query)).body;
    const { total, total_exceeded, items } = await count({
      total: true,
      limit: 1,
      action: 'token.*,member.*',
    });
    expect([total, total_exceeded, items.length]).toEqual([2, false, 1]);
    expect((await count({ limit: 1 })).total).toBeNull();
    expect((await count({ total: true, details: 'ci-filters', order: 'oldest' })).total).toBe(1);
    expect((await count({ total: true, actor: email })).total).toBe(2);
    expect((await count({ total: true, actor: randomUUID() })).total).toBe(0);
  });

  it.each([
    { action: 'token' },
    { action: 'token.*,' },
    { not_action: ',' },
    { ip: '10.0.0.0/33' },
    { ip: 'here/8' },
    { not_ip: 'nowhere' },
    { not_outcome: 'perhaps' },
    { details: '' },
    { total: 'many' },
  ])('refuses %j', async (query) => {
    const { status } = await business.api.get(EVENTS, query as unknown as Record<string, string>);
    expect(status).toBe(422);
  });
});
