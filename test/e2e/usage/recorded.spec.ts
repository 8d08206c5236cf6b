import { randomUUID } from 'node:crypto';
import { aClientVerifier, closeClientVerifiers, remember } from '../../support/client-verifier.js';
import { exchange } from '../../support/exchange.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, platform, type TestBusiness, type TestToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { Stream } from '../../support/stream-child.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

const FLUSH_MS = 200;
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) orders/7';

describe('the usage of tokens', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let url: string;
  let business: TestBusiness;
  let caller: TestToken;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      env: {
        RESCIND_LAST_USED_FLUSH_MS: String(FLUSH_MS),
        RESCIND_WORKERS: '2',
        RESCIND_TRUSTED_PROXIES: '127.0.0.1',
      },
    });
    await app.ready();
    ({ url } = app);
    business = await aBusiness({ url });
    caller = await aToken(business, { role: 'admin' });
  });
  afterAll(async () => {
    await app?.stop();
    await database?.drop();
  });

  const usageOf = async (token: TestToken) =>
    (await business.api.get(`/api/v1/tokens/${token.id}/usage`)).body;
  /** Waits until so many verdicts and addresses are told of; more would be found by looking again. */
  const counted = async (token: TestToken, verdicts: Record<string, number>, addresses = 0) => {
    const wanted = { ...NONE, ...verdicts };
    const usage = await waitFor('the verdicts to be counted', async () => {
      const seen = await usageOf(token);
      const isWritten =
        seen.addresses.length >= addresses && (addresses === 0 || seen.user_agents.length > 0);
      return sum(seen.verdicts) >= sum(wanted) && isWritten ? seen : false;
    });
    expect(usage.verdicts).toEqual(wanted);
    return usage;
  };
  const ask = (path: string, headers: Record<string, string>, body?: string) =>
    exchange(url, {
      method: body === undefined ? 'GET' : 'POST',
      path,
      headers: Object.entries(headers),
      ...(body === undefined ? {} : { body }),
    });
  const verify = (body: object, path = '/api/v1/tokens/verify') =>
    ask(
      path,
      {
        authorization: `Bearer ${caller.secret}`,
        'x-business-id': business.id,
        'content-type': 'application/json',
      },
      JSON.stringify(body),
    );
  const NONE = {
    active: 0,
    revoked: 0,
    expired: 0,
    suspended: 0,
    exhausted: 0,
    insufficient_scope: 0,
    ip_not_allowed: 0,
  };
  const sum = (verdicts: Record<string, number>): number =>
    Object.values(verdicts).reduce((total, count) => total + count, 0);

  it('counts each verdict once, on the short way and on the ordinary one, in every worker', async () => {
    const token = await aToken(business, { scopes: ['jobs:read'] });
    for (let index = 0; index < 20; index++) {
      await verify({ token: token.secret, ip: '203.0.113.7', user_agent: AGENT });
      await verify({ token: token.secret, ip: '203.0.113.8', user_agent: AGENT }, '/api/v1/tokens/verify?');
      await verify({ token: token.secret, scopes: ['jobs:write'] });
    }
    await verify(
      { items: [{ token: token.secret, ip: '::ffff:203.0.113.9' }, { token: token.secret }] },
      '/api/v1/tokens/verify-batch',
    );
    const usage = await counted(token, { active: 42, insufficient_scope: 20 }, 3);
    expect(usage.recording).toBe('full');
    expect(usage.hours.length).toBeLessThanOrEqual(2);
    expect(usage.addresses.map(({ address }: { address: string }) => address).toSorted()).toEqual([
      '203.0.113.7',
      '203.0.113.8',
      '203.0.113.9',
    ]);
    expect(usage.user_agents).toEqual([
      { user_agent: AGENT, first_seen_at: expect.any(String), last_seen_at: expect.any(String) },
    ]);
  });

  it('counts what introspection, the gateway and client verifiers judge, with what they know', async () => {
    const token = await aToken(business, { scopes: ['jobs:read'] });
    const form = { authorization: `Bearer ${caller.secret}`, 'content-type': 'application/x-www-form-urlencoded' }; // prettier-ignore
    for (let index = 0; index < 3; index++) {
      await ask('/oauth/introspect', form, `token=${token.secret}`);
      await ask('/oauth/introspect', form, `token=${token.secret}&ip=203.0.113.20&user_agent=in+form`);
      await ask('/gateway/authorize', {
        authorization: `Bearer ${token.secret}`,
        'user-agent': 'behind the gateway',
        'x-forwarded-for': '198.51.100.1, 203.0.113.21',
      });
    }
    const stream = await Stream.open(url, { secret: caller.secret });
    stream.say({ type: 'hello', version: 1, name: 'orders-api', max: 10 });
    await stream.hear('welcome');
    stream.say({ type: 'ask', id: 1, secret: token.secret, ip: '203.0.113.22', user_agent: 'in process' });
    const { verdict } = await stream.hear('fact');
    stream.say({ type: 'used', jtis: [verdict.jti] });
    stream.say({ type: 'used', jtis: [verdict.jti], counts: [40] });
    const usage = await counted(token, { active: 9 + 1 + 41 }, 3);
    stream.socket.terminate();
    const addresses = usage.addresses.map(({ address }: { address: string }) => address).toSorted();
    expect(addresses).toEqual(['203.0.113.20', '203.0.113.21', '203.0.113.22']);
    await waitFor('the user agents', async () => (await usageOf(token)).user_agents.length >= 3);
    const agents = (await usageOf(token)).user_agents
      .map(({ user_agent }: { user_agent: string }) => user_agent)
      .toSorted();
    expect(agents).toEqual(['behind the gateway', 'in form', 'in process']);
  });

  it('counts every answer that a client verifier gave out of its memory', async () => {
    const token = await aToken(business, { scopes: ['jobs:read'] });
    const verifier = await aClientVerifier({ url, token: caller.secret, name: 'orders-api' });
    await remember(verifier, token);
    for (let index = 0; index < 500; index++)
      expect(await verifier.verify(token.secret)).toMatchObject({ active: true });
    const { fromMemory, askedOnStream } = verifier.counters;
    await counted(token, { active: fromMemory + askedOnStream });
    await closeClientVerifiers();
  });

  it('counts refusals of who has the secret, and keeps no address of them', async () => {
    const token = await aToken(business);
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
    for (let index = 0; index < 3; index++) await verify({ token: token.secret, ip: '203.0.113.66' });
    await verify({ token: `${token.secret.slice(0, -8)}AAAAAAAA` });
    const { addresses } = await counted(token, { revoked: 3 });
    expect(addresses).toEqual([]);
  });

  it('counts a token’s own calls, and neither another business that asks nor a look-up of its secret', async () => {
    const token = await aToken(business, { role: 'admin' });
    const stranger = await aBusiness({ url });
    await stranger.api.post('/api/v1/tokens/verify', { token: token.secret });
    await business.api.post('/api/v1/tokens/find', { secret: token.secret });
    for (let index = 0; index < 4; index++) await token.api.get('/api/v1/tokens');
    await counted(token, { active: 4 });
  });

  it('keeps the sixteen addresses and user agents that were seen last', async () => {
    const token = await aToken(business);
    const agentOf = (index: number): string => `agent ${index}`;
    for (let index = 0; index < 40; index++)
      await verify({ token: token.secret, ip: `203.0.113.${index}`, user_agent: agentOf(index) });
    await counted(token, { active: 40 });
    const usage = await waitFor('all of them', async () => {
      const seen = await usageOf(token);
      const [addresses, agents] = [
        seen.addresses.map(({ address }: { address: string }) => Number(address.split('.').at(-1))),
        seen.user_agents.map(({ user_agent: agent }: { user_agent: string }) =>
          Number(agent.split(' ').at(-1)),
        ),
      ];
      // Two workers take turns, each forgets its own oldest, and each writes when it likes.
      return [addresses, agents].every((latest) => latest.length === 16 && Math.min(...latest) >= 20) && seen;
    });
    expect([usage.addresses.length, usage.user_agents.length]).toEqual([16, 16]);
    const rows = await sql<{ count: number }>(
      database.superuserUrl,
      'SELECT (SELECT count(*) FROM token_addresses WHERE token_id = $1)::int + (SELECT count(*) FROM token_user_agents WHERE token_id = $1)::int AS count',
      [token.id],
    );
    expect(rows).toEqual([{ count: 32 }]);
  });

  it('stores what a client calls itself so that a reader sees all of it, cut to 256 characters', async () => {
    const token = await aToken(business);
    await verify({ token: token.secret, user_agent: `a\u202eb\u0000c ${'x'.repeat(900)}` });
    await counted(token, { active: 1 });
    const usage = await waitFor('the user agent', async () => {
      const seen = await usageOf(token);
      return seen.user_agents.length > 0 ? seen : false;
    });
    expect(usage.user_agents[0].user_agent).toBe(`a\ufffdb\ufffdc ${'x'.repeat(250)}`);
  });

  it('is summed up by business and for the platform, over the hours that are asked for', async () => {
    const own = await aBusiness({ url });
    const token = await aToken(own);
    for (let index = 0; index < 5; index++)
      await own.api.post('/api/v1/tokens/verify', { token: token.secret });
    const ofBusiness = await waitFor('the business', async () => {
      const { body } = await own.api.get('/api/v1/usage');
      return body.verdicts.active >= 5 ? body : false;
    });
    expect(ofBusiness.verdicts).toEqual({ ...NONE, active: 5 });
    expect(sum(ofBusiness.hours[0].verdicts)).toBeGreaterThan(0);
    const admin = await platform(url);
    const { body: all } = await admin.get('/api/v1/admin/usage');
    expect(all.verdicts.active).toBeGreaterThan(5);
    const [{ id } = { id: '' }] = await sql<{ id: string }>(
      database.superuserUrl,
      'SELECT id FROM tokens WHERE business_id IS NULL',
    );
    const platforms = await waitFor('the use of the platform’s token', async () => {
      const { body } = await admin.get(`/api/v1/admin/tokens/${id}/usage`);
      return body.addresses.length > 0 ? body : false;
    });
    expect(platforms.verdicts.active).toBeGreaterThan(0);
    expect(platforms.addresses[0].address).toBe('127.0.0.1');
    await sql(
      database.superuserUrl,
      `UPDATE token_usage SET hour = hour - interval '60 days' WHERE token_id = $1`,
      [token.id],
    );
    const { body: now } = await own.api.get(`/api/v1/tokens/${token.id}/usage`);
    expect(now.hours).toEqual([]);
    const since = new Date(Date.now() - 75 * 86_400_000).toISOString();
    const until = new Date(Date.now() - 50 * 86_400_000).toISOString();
    const { body: then } = await own.api.get(`/api/v1/tokens/${token.id}/usage`, { since, until });
    expect(then.verdicts.active).toBe(5);
    for (const query of [
      { since } as Record<string, string>,
      { since: until, until: since },
      { since: 'yesterday' },
      { until: '2026-13-01' },
    ])
      expect((await own.api.get('/api/v1/usage', query)).status).toBe(422);
  });

  it('of a token of another business is the same as of none', async () => {
    const token = await aToken(await aBusiness({ url }));
    const [theirs, none] = [
      await business.api.get(`/api/v1/tokens/${token.id}/usage`),
      await business.api.get(`/api/v1/tokens/${randomUUID()}/usage`),
    ];
    expect([theirs.status, none.status]).toEqual([404, 404]);
    expect(theirs.body.code).toBe(none.body.code);
    expect((await (await platform(url)).get(`/api/v1/admin/tokens/${token.id}/usage`)).status).toBe(404);
  });

  it('leads to the tokens that were used from a range of addresses', async () => {
    const own = await aBusiness({ url });
    const [near, far] = [await aToken(own), await aToken(own)];
    const six = await aToken(own);
    for (const [{ secret }, ip] of [
      [near, '10.1.2.3'],
      [far, '10.2.0.1'],
      [six, '2001:db8:1::7'],
    ] as const)
      await own.api.post('/api/v1/tokens/verify', { token: secret, ip });
    const from = async (range: string): Promise<string[]> => {
      const query = { owner_email: '*', last_used_from: range, include_total_count: true };
      const { body } = await own.api.get('/api/v1/tokens', query);
      expect(body.total).toBe(body.items.length);
      return body.items.map(({ id }: { id: string }) => id).toSorted();
    };
    await waitFor('all to be seen', async () => (await from('10.0.0.0/8')).length === 2);
    await waitFor('all to be seen', async () => (await from('2001:db8::/32')).length === 1);
    expect(await from('10.1.0.0/16')).toEqual([near.id]);
    expect(await from('10.2.0.1')).toEqual([far.id]);
    expect(await from('10.2.0.99/24')).toEqual([far.id]);
    expect(await from('0.0.0.0/0')).toEqual([near.id, far.id].toSorted());
    expect(await from('::/0')).toEqual([six.id]);
    expect(await from('192.0.2.0/24')).toEqual([]);
    for (const range of ['10.0.0.0/33', 'home', '10.0.0'])
      expect((await own.api.get('/api/v1/tokens', { last_used_from: range })).status).toBe(422);
  });

  it('is gone with a process that is killed, as far as it was not written, and with it no revocation', async () => {
    const other = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_LAST_USED_FLUSH_MS: '600000' },
    });
    await other.ready();
    const token = await aToken(business);
    const api = (await platform(other.url)).within(business.id);
    await api.post('/api/v1/tokens/verify', { token: token.secret });
    expect((await api.post(`/api/v1/tokens/${token.id}/revoke`)).status).toBe(201);
    await other.kill();
    const { text } = await verify({ token: token.secret });
    expect(JSON.parse(text)).toEqual({ active: false, reason: 'revoked' });
    await counted(token, { revoked: 1 });
  });

  it('is written by a process that ends orderly', async () => {
    const other = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_LAST_USED_FLUSH_MS: '600000' },
    });
    await other.ready();
    const token = await aToken(business);
    const api = (await platform(other.url)).within(business.id);
    for (let index = 0; index < 3; index++) await api.post('/api/v1/tokens/verify', { token: token.secret });
    await other.stop();
    await counted(token, { active: 3 });
  });

  it('keeps no address where only counts are wanted, and nothing at all where it is switched off', async () => {
    for (const recording of ['counts', 'off']) {
      const other = await startRescind({
        databaseUrl: database.url,
        env: { RESCIND_USAGE: recording, RESCIND_LAST_USED_FLUSH_MS: '100' },
      });
      await other.ready();
      const token = await aToken(business);
      const api = (await platform(other.url)).within(business.id);
      await api.post('/api/v1/tokens/verify', { token: token.secret, ip: '203.0.113.7' });
      await other.stop();
      const usage = await usageOf(token);
      expect([usage.verdicts.active, usage.addresses]).toEqual([recording === 'counts' ? 1 : 0, []]);
    }
  });

  it('is asked about with the platform’s secret by nobody else', async () => {
    const developer = await aToken(business);
    expect((await developer.api.get('/api/v1/usage')).status).toBe(403);
    expect((await developer.api.within(null).get('/api/v1/admin/usage')).status).toBe(403);
    expect((await developer.api.as(platformSecret()).get('/api/v1/usage')).status).toBe(200);
  });
});
