import type { Verifier } from '@rescind/verifier';
import { aClientVerifier, closeClientVerifiers } from '../../support/client-verifier.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken, platform, type TestBusiness, type TestToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { Stream } from '../../support/stream-child.js';
import { waitFor } from '../../support/wait-for.js';

const FORM = 'application/x-www-form-urlencoded';

describe('the scopes that tokens are asked for', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let url: string;
  let business: TestBusiness;
  let caller: TestToken;
  beforeAll(async () => {
    database = await freshDatabase();
    const env = { RESCIND_LAST_USED_FLUSH_MS: '100', RESCIND_WORKERS: '1' };
    app = await startRescind({ databaseUrl: database.url, env });
    await app.ready();
    ({ url } = app);
    business = await aBusiness({ url });
    caller = await aToken(business, { role: 'admin' });
  });
  afterAll(async () => {
    await closeClientVerifiers();
    await app?.stop();
    await database?.drop();
  });

  const usageOf = async (token: TestToken) =>
    (await business.api.get(`/api/v1/tokens/${token.id}/usage`)).body;
  const namesIn = (usage: { asked_scopes: { scope: string }[] }): string[] =>
    usage.asked_scopes.map(({ scope }) => scope).toSorted();
  /** Waits until so many scopes are known; these must be they. */
  const known = async (token: TestToken, scopes: string[]) => {
    const usage = await waitFor('the scopes to be known', async () => {
      const seen = await usageOf(token);
      return seen.asked_scopes.length >= scopes.length ? seen : false;
    });
    expect(namesIn(usage)).toEqual(scopes.toSorted());
    return usage;
  };
  /** Waits until what was noted up to now is written, which another token's scope is behind. */
  const written = async (): Promise<void> => {
    const last = await aToken(business, { scopes: ['last:one'] });
    await verify({ token: last.secret, scopes: ['last:one'] });
    await known(last, ['last:one']);
  };
  const send = (path: string, headers: Record<string, string>, body?: string) =>
    exchange(url, {
      method: body === undefined ? 'GET' : 'POST',
      path,
      headers: Object.entries(headers),
      ...(body === undefined ? {} : { body }),
    });
  const authorization = (token: TestToken) => ({ authorization: `Bearer ${token.secret}` });
  const verify = (body: object, path = '/api/v1/tokens/verify', by = caller) =>
    send(
      path,
      { ...authorization(by), 'x-business-id': business.id, 'content-type': 'application/json' },
      JSON.stringify(body),
    );
  const introspect = (token: TestToken, by = caller) =>
    send('/oauth/introspect', { ...authorization(by), 'content-type': FORM }, `token=${token.secret}`);

  it('are those of good verdicts, on the short way, the ordinary one and in batches', async () => {
    const token = await aToken(business, { scopes: ['a:read', 'b:read', 'c:write', 'd:read', 'e:read'] });
    const { secret } = token;
    await verify({ token: secret, scopes: ['a:read'] });
    await verify({ token: secret, scopes: ['b:read'] });
    await verify({ token: secret, scopes: ['c:read'] }, '/api/v1/tokens/verify?');
    await verify({ items: [{ token: secret, scopes: ['d:read'] }] }, '/api/v1/tokens/verify-batch');
    await verify({ token: secret, scopes: ['e:read', 'f:read'] });
    await verify({ token: secret, scopes: [] });
    await written();
    const usage = await known(token, ['a:read', 'b:read', 'c:read', 'd:read']);
    expect(usage.scopes_unsaid_at).toBeNull();
    expect(usage.asked_scopes[0].first_asked_at <= usage.asked_scopes[0].last_asked_at).toBe(true);
  });

  it('are those of the gateway’s question, where it lets the request pass', async () => {
    const token = await aToken(business, { scopes: ['a:read', 'b:read', 'c:read'] });
    const authorize = (query: string) => send(`/gateway/authorize${query}`, authorization(token));
    for (const query of ['?scope=a:read', '?scope=b:read', '?scope=c:read&scope=d:read'])
      await authorize(query);
    await written();
    expect((await known(token, ['a:read', 'b:read'])).scopes_unsaid_at).toBeNull();
    await authorize('');
    await waitFor('that nobody said', async () => (await usageOf(token)).scopes_unsaid_at !== null);
  });

  it('are unknown where the answer names all that the token has, of a token that was asked for some', async () => {
    const [silent, mixed] = [
      await aToken(business, { scopes: ['a:read'] }),
      await aToken(business, { scopes: ['a:read'] }),
    ];
    await verify({ token: mixed.secret, scopes: ['a:read'] });
    await known(mixed, ['a:read']);
    for (const token of [silent, mixed]) await introspect(token);
    await waitFor('that nobody said', async () => (await usageOf(mixed)).scopes_unsaid_at !== null);
    await written();
    expect(await usageOf(silent)).toMatchObject({ asked_scopes: [], scopes_unsaid_at: null });
    const plain = await aToken(business, { scopes: ['a:read'] });
    await verify({ token: plain.secret, scopes: ['a:read'] });
    await known(plain, ['a:read']);
    await verify({ token: plain.secret });
    await waitFor('that nobody said', async () => (await usageOf(plain)).scopes_unsaid_at !== null);
  });

  it('are those that a call of this API takes, and those that it gives to another token', async () => {
    const role = 'admin' as const;
    const scopes = [
      'rescind:tokens:read',
      'rescind:tokens:write',
      'rescind:tokens:verify',
      'rescind:audit:read',
    ];
    const token = await aToken(business, { role, scopes: [...scopes, 'a:read', 'b:read', 'c:read'] });
    const asked = await aToken(business, { scopes: ['a:read'] });
    await token.api.get('/api/v1/tokens');
    await known(token, ['rescind:tokens:read']);
    for (let index = 0; index < 2; index++)
      await verify({ token: asked.secret }, '/api/v1/tokens/verify', token);
    await known(token, ['rescind:tokens:read', 'rescind:tokens:verify']);
    const made = await token.api.post('/api/v1/tokens', { name: 'x', scopes: ['a:read'] });
    expect(made.status).toBe(201);
    const four = ['a:read', 'rescind:tokens:read', 'rescind:tokens:verify', 'rescind:tokens:write'];
    expect((await known(token, four)).scopes_unsaid_at).toBeNull();
    const other = await aToken(business, { scopes: ['b:read'] });
    expect((await token.api.post(`/api/v1/tokens/${other.id}/rotate`)).status).toBe(201);
    await known(token, [...four, 'b:read']);
    await token.api.get('/api/v1/members');
    await token.api.post('/api/v1/tokens', { name: 'y' });
    await waitFor('that nobody said', async () => (await usageOf(token)).scopes_unsaid_at !== null);
    await known(token, [...four, 'b:read']);
  });

  it('are those of an introspection for whoever asks, on the short way and the ordinary one', async () => {
    for (const count of [1, 3]) {
      const client = await aToken(business, { scopes: ['rescind:tokens:verify', 'a:read'] });
      for (let index = 0; index < count; index++) await introspect(caller, client);
      await known(client, ['rescind:tokens:verify']);
    }
  });

  describe('by a client verifier', () => {
    let verifier: Verifier;
    beforeAll(async () => {
      verifier = await aClientVerifier({ url, token: caller.secret, name: 'orders-api' });
    });
    const fromMemory = (token: TestToken, scopes: string[]) =>
      waitFor('an answer from memory', async () => {
        const verdict = verifier.verify(token.secret, { scopes });
        if (!(verdict instanceof Promise)) return verdict;
        await verdict;
        return false;
      });

    it('are told with the question, and afterwards with its uses', async () => {
      const token = await aToken(business, { scopes: ['a:read', 'b:write', 'c:read', 'd:read'] });
      await fromMemory(token, ['a:read']);
      await known(token, ['a:read']);
      await fromMemory(token, ['b:read', 'c:read']);
      await fromMemory(token, ['d:read', 'e:read']);
      const usage = await known(token, ['a:read', 'b:read', 'c:read']);
      expect(usage.scopes_unsaid_at).toBeNull();
      await verifier.verify(token.secret);
      await waitFor('that nobody said', async () => (await usageOf(token)).scopes_unsaid_at !== null);
      expect(namesIn(await usageOf(token))).toEqual(['a:read', 'b:read', 'c:read']);
    });

    it('are known of each of several that ask at once', async () => {
      const token = await aToken(business, { scopes: ['a:read', 'b:read', 'c:read'] });
      await waitFor('a lease', () => verifier.isReady);
      const lists = [['a:read'], ['b:read'], ['c:read'], ['d:read']];
      const verdicts = await Promise.all(
        lists.map((scopes) => verifier.verifyAsync(token.secret, { scopes })),
      );
      expect(verdicts.map(({ active }) => active)).toEqual([true, true, true, false]);
      await known(token, ['a:read', 'b:read', 'c:read']);
    });
  });

  describe('on the stream', () => {
    let stream: Stream;
    beforeEach(async () => {
      stream = await Stream.open(url, { secret: caller.secret });
      stream.say({ type: 'hello', version: 1, name: 'by hand', max: 10 });
      await stream.hear('welcome');
    });
    afterEach(() => stream.socket.terminate());

    it('are unknown of a client verifier that does not tell them', async () => {
      const token = await aToken(business, { scopes: ['a:read'] });
      await verify({ token: token.secret, scopes: ['a:read'] });
      await known(token, ['a:read']);
      expect((await usageOf(token)).scopes_unsaid_at).toBeNull();
      stream.say({ type: 'used', jtis: [token.jti], counts: [3] });
      await waitFor('that nobody said', async () => (await usageOf(token)).scopes_unsaid_at !== null);
    });

    it('are those that the token has, whatever is told', async () => {
      const token = await aToken(business, { scopes: ['a:read', 'b:read', 'c:read'] });
      const none = await aToken(business, { scopes: ['a:read'] });
      for (const [id, { secret }, scopes] of [
        [1, token, ['a:read']],
        [2, token, ['c:read', 'd:read']],
        [3, none, ['a:read', 'd:read']],
      ] as const) {
        stream.say({ type: 'ask', id, secret, scopes });
        const fact = await stream.hear('fact', (message) => message.id === id);
        expect(fact.verdict.active).toBe(true);
      }
      stream.say({
        type: 'used',
        jtis: [token.jti, none.jti],
        scopes: ['b:read', 'e:read'],
        asked: [[0, 1], []],
      });
      await written();
      expect((await known(token, ['a:read', 'b:read'])).scopes_unsaid_at).toBeNull();
      expect((await usageOf(none)).asked_scopes).toEqual([]);
    });

    it('are not those that another business tells', async () => {
      const stranger = await aBusiness({ url });
      const foreign = await aToken(stranger, { scopes: ['a:read'] });
      // So that memory holds it.
      await stranger.api.post('/api/v1/tokens/verify', { token: foreign.secret });
      const own = await aToken(business, { scopes: ['a:read'] });
      await verify({ token: foreign.secret, scopes: ['a:read'] });
      stream.say({ type: 'used', jtis: [foreign.jti], scopes: ['a:read'], asked: [[0]] });
      stream.say({ type: 'ask', id: 1, secret: own.secret, scopes: ['a:read'] });
      await known(own, ['a:read']);
      const rows = await sql(
        database.superuserUrl,
        'SELECT scope FROM token_asked_scopes WHERE token_id = $1',
        [foreign.id],
      );
      expect(rows).toEqual([]);
    });
  });

  it('are recorded where only counts are wanted, and not at all where nothing is', async () => {
    for (const recording of ['counts', 'off']) {
      const other = await startRescind({
        databaseUrl: database.url,
        env: { RESCIND_USAGE: recording, RESCIND_LAST_USED_FLUSH_MS: '100' },
      });
      await other.ready();
      const token = await aToken(business, { scopes: ['a:read', 'b:read'] });
      const api = (await platform(other.url)).within(business.id);
      await api.post('/api/v1/tokens/verify', { token: token.secret, scopes: ['a:read'] });
      const { body } = await api.get('/api/v1/reports/hygiene', { finding: 'over_scoped' });
      await other.stop();
      expect(namesIn(await usageOf(token))).toEqual(recording === 'counts' ? ['a:read'] : []);
      expect(body.over_scoped).toEqual(
        recording === 'counts' ? expect.objectContaining({ items: [] }) : null,
      );
    }
  });

  it('are not recorded of the platform’s own tokens', async () => {
    await written();
    const rows = await sql(
      database.superuserUrl,
      `SELECT FROM token_asked_scopes WHERE business_id = '00000000-0000-0000-0000-000000000000'`,
    );
    expect(rows).toEqual([]);
  });
});
