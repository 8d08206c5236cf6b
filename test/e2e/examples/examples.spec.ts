import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { waitFor } from '../../support/wait-for.js';
import { ExampleProcess, programOf } from './example-process.js';

describe.each(['express', 'fastify', 'nest'] as const)('examples/%s', (name) => {
  let database: TestDatabase;
  let server: RescindProcess;
  let proxy: TcpProxy;
  let example: ExampleProcess;
  let business: TestBusiness;
  let credential: string;
  beforeAll(async () => {
    database = await freshDatabase();
    server = await startRescind({ databaseUrl: database.url });
    proxy = await TcpProxy.open(server.url);
    business = await aBusiness({ url: server.url });
    ({ secret: credential } = await aToken(business, { scopes: ['rescind:tokens:verify'] }));
    example = await ExampleProcess.start(programOf(name), {
      RESCIND_URL: proxy.url,
      RESCIND_TOKEN: credential,
    });
    await waitFor('a lease of the example', () => example.output.includes('ready'));
  });
  afterAll(async () => {
    await example?.stop();
    proxy?.close();
    await server?.stop();
    await database?.drop();
  });

  /** The answer once there is one: on a slow machine a verdict may take longer than an example waits for it. */
  const call = (method: string, secret: string | null): Promise<Response> =>
    waitFor('an answer', async () => {
      const answer = await example.call(method, secret);
      return answer.status !== 503 && answer;
    });
  const challengeOf = ({ headers }: Response): string | null => headers.get('www-authenticate');

  it('lets in whoever has the scopes, and challenges the others', async () => {
    const { secret } = await aToken(business, { scopes: ['orders:read'] });
    for (let times = 0; times < 3; times++) {
      const answer = await call('GET', secret);
      expect([answer.status, await answer.json()]).toEqual([200, { orders: [], for: 'The developer' }]);
    }
    const nobody = await call('GET', null);
    expect([nobody.status, challengeOf(nobody)]).toEqual([401, 'Bearer realm="api"']);
    const wrong = await call('GET', `${secret}x`);
    expect([wrong.status, challengeOf(wrong)]).toEqual([401, 'Bearer realm="api", error="invalid_token"']);
    const reader = await call('POST', secret);
    expect([reader.status, challengeOf(reader)]).toEqual([
      403,
      'Bearer realm="api", error="insufficient_scope", scope="orders:write"',
    ]);
    const writer = await aToken(business, { scopes: ['orders:write'] });
    expect((await call('POST', writer.secret)).status).toBe(201);
  });

  it('refuses at once what is revoked', async () => {
    for (let times = 0; times < 5; times++) {
      const token = await aToken(business, { scopes: ['orders:read'] });
      expect((await call('GET', token.secret)).status).toBe(200);
      expect((await call('GET', token.secret)).status).toBe(200);
      await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
      expect((await call('GET', token.secret)).status).toBe(401);
    }
  });

  it('lives through a restart of the server, and lets nobody in unasked', async () => {
    const { secret } = await aToken(business, { scopes: ['orders:read'] });
    expect((await call('GET', secret)).status).toBe(200);
    await server.stop();
    const refused = await waitFor('a refusal', async () => {
      const answer = await example.call('GET', secret);
      return answer.status === 503 && answer;
    });
    expect(refused.headers.get('retry-after')).toBe('1');
    await waitFor('that it says so', () => example.output.includes('degraded: disconnected'));
    server = await startRescind({ databaseUrl: database.url });
    proxy.target = server.url;
    await waitFor('that it goes on', async () => (await example.call('GET', secret)).status === 200);
    await waitFor('a lease again', () => example.output.split('ready').length > 2);
    expect((await call('GET', secret)).status).toBe(200);
  });

  it('says no secret, and ends by itself when told to', async () => {
    expect(example.output).not.toContain(credential);
    expect(await example.stop()).toBe(name === 'nest' ? 'SIGTERM' : 0);
  });
});
