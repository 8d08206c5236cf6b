import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { Child, Stream } from '../../support/stream-child.js';
import { waitFor } from '../../support/wait-for.js';

const TERM_MS = 5000;

describe('the stream of a client verifier', () => {
  let app: RescindProcess;
  let database: TestDatabase;
  let url: string;
  let business: TestBusiness;
  let backEnd: string;
  beforeAll(async () => {
    database = await freshDatabase();
    // Long, so that no stall of a busy machine costs anybody a lease.
    app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_LEASE_MS: String(TERM_MS), RESCIND_LAST_USED_FLUSH_MS: '1000' },
    });
    await app.ready();
    ({ url } = app);
    business = await aBusiness({ url });
    ({ secret: backEnd } = await aToken(business, { scopes: ['rescind:tokens:verify'] }));
  }, 120_000);
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  it('is welcomed, and granted a sub-lease no longer than the term', async () => {
    const stream = await Stream.open(url, { secret: backEnd });
    stream.say({ type: 'hello', version: 1, name: 'orders-api', max: 10 });
    const welcome = await stream.hear('welcome');
    expect(welcome).toEqual({
      type: 'welcome',
      epoch: 'e1',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      term_ms: TERM_MS,
      seq: 0,
    });
    let n = 0;
    const grant = await waitFor('a grant', () => {
      stream.say({ type: 'beat', n: ++n, acked: 0 });
      return stream.heard.find(({ type }) => type === 'grant');
    });
    expect(grant).toEqual({
      type: 'grant',
      n: expect.any(Number),
      epoch: 'e1',
      ms: expect.any(Number),
      db_now: expect.any(Number),
    });
    expect(grant.ms).toBeGreaterThan(0);
    expect(grant.ms).toBeLessThan(TERM_MS);
    stream.say({ type: 'leave' });
    expect(await stream.closed).toBe(1000);
  });

  it('tells what verify would, to be remembered', async () => {
    const token = await aToken(business, { scopes: ['orders:read'], name: 'nightly' });
    const child = await Child.join(url, { secret: backEnd });
    await child.remember(token.secret);
    const { body } = await business.api.post('/api/v1/tokens/verify', { token: token.secret });
    expect(await child.ask(token.secret)).toMatchObject({
      type: 'fact',
      cacheable: true,
      verdict: body,
      trusted_ips: null,
      expires_at_ms: expect.any(Number),
    });
    await child.leave();
  });

  it('a refusal is never to be remembered', async () => {
    const token = await aToken(business);
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
    const child = await Child.join(url, { secret: backEnd });
    for (const secret of [token.secret, 'nonsense'])
      for (let times = 0; times < 3; times++)
        expect(await child.ask(secret)).toMatchObject({ cacheable: false, verdict: { active: false } });
    await child.leave();
  });

  it('a token with limited uses is judged and counted each time', async () => {
    const identity = await anIdentity(business);
    const tokenAuth = `/api/v1/auth/token-auth/identities/${identity.id}`;
    await business.api.post(tokenAuth, { accessTokenNumUsesLimit: 2 });
    const { body } = await business.api.post(`${tokenAuth}/tokens`, {});
    const child = await Child.join(url, { secret: backEnd });
    const outcomes = [];
    for (let times = 0; times < 3; times++) outcomes.push(await child.ask(body.accessToken));
    expect(outcomes).toMatchObject([
      { cacheable: false, verdict: { active: true } },
      { cacheable: false, verdict: { active: true } },
      { cacheable: false, verdict: { active: false, reason: 'exhausted' } },
    ]);
    await child.leave();
  });

  it('a token of another business is unknown to a business, and the platform sees all', async () => {
    const other = await aBusiness({ url });
    const theirs = await aToken(other);
    const [own, platform, narrowed] = [
      await Child.join(url, { secret: backEnd }),
      await Child.join(url),
      await Child.join(url, { business: business.id }),
    ];
    const unknown = { verdict: { active: false, reason: 'unknown' } };
    expect(await own.ask(theirs.secret)).toMatchObject(unknown);
    expect(await narrowed.ask(theirs.secret)).toMatchObject(unknown);
    expect(await platform.ask(theirs.secret)).toMatchObject({ verdict: { business_id: other.id } });
    for (const child of [own, platform, narrowed]) await child.leave();
  });

  it('what was told is evicted when it is revoked, before the answer', async () => {
    const token = await aToken(business);
    const child = await Child.join(url, { secret: backEnd });
    await child.remember(token.secret);
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
    expect(child.answer(token.secret)).toBeNull();
    expect(child.stream.heard).toContainEqual({ type: 'evict', seq: 1, entries: [['token', token.jti]] });
    expect(child.holdsLease()).toBe(true);
    await child.leave();
  });

  it('uses that a client verifier tells of are noted', async () => {
    const token = await aToken(business);
    const child = await Child.join(url, { secret: backEnd });
    await child.remember(token.secret);
    const lastUsed = async (): Promise<string | null> =>
      (await business.api.get(`/api/v1/tokens/${token.id}`)).body.last_used_at;
    const first = await waitFor('the first use', lastUsed);
    await waitFor('a later use', async () => {
      child.stream.say({ type: 'used', jtis: [token.jti, 'no such'] });
      return (await lastUsed()) !== first;
    });
    await child.leave();
  }, 60_000);

  it('administrators see who is connected', async () => {
    const child = await Child.join(url, { secret: backEnd }, 'orders-api');
    const { body } = await business.api.within(null).get('/api/v1/admin/verifiers');
    expect(body.items).toContainEqual(
      expect.objectContaining({
        id: child.id,
        name: 'orders-api',
        business_id: business.id,
        address: '127.0.0.1',
        remembers_max: 1000,
        facts_sent: 0,
        last_sent: 0,
        last_acknowledged: 0,
      }),
    );
    await child.leave();
    await waitFor('it to be gone', async () => {
      const { body: later } = await business.api.within(null).get('/api/v1/admin/verifiers');
      return later.items.every(({ id }: { id: string }) => id !== child.id);
    });
  });
});
