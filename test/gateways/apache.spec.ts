import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { makeCertificate } from '../support/certificate.js';
import { freshDatabase, type TestDatabase } from '../support/databases.js';
import { exchange, type Answer } from '../support/exchange.js';
import { aBusiness, anIdentity, aToken, type TestBusiness } from '../support/factories.js';
import { freePort } from '../support/free-port.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { waitFor } from '../support/wait-for.js';
import { startProxy, type ProxyProcess } from './proxy-process.js';
import { startUpstream, type Upstream } from './upstream.js';

const SAMPLE = join(import.meta.dirname, '..', '..', 'docs', 'introspection', 'apache.conf');
const ASKS_EACH_TIME = 'OIDCOAuthTokenIntrospectionInterval -1\n';
/** What `RESCIND_INTROSPECTION_SECONDS` is in these tests. */
const BOUND_SECONDS = 3;

describe('Apache with mod_auth_openidc', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  let upstream: Upstream;
  let business: TestBusiness;
  let identity: { id: string };
  let client: { secret: string };
  let tls: Server;
  const certificate = makeCertificate();
  const started: (() => unknown)[] = [];
  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_INTROSPECTION_SECONDS: String(BOUND_SECONDS) },
    });
    upstream = await startUpstream();
    tls = createServer({ cert: certificate.cert, key: certificate.key }, (socket) => {
      const plain = connect(Number(new URL(rescind.url).port), '127.0.0.1');
      for (const end of [socket, plain]) end.on('error', () => [socket, plain].map((each) => each.destroy()));
      socket.pipe(plain).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(tls, 'listening');
    // Apache reads it as a user of its own.
    chmodSync(certificate.directory, 0o755);
    business = await aBusiness({ url: rescind.url });
    identity = await anIdentity(business, 'admin');
    client = await aToken(business, { identityId: identity.id });
  });
  afterAll(async () => {
    for (const stop of started.reverse()) await stop();
    tls?.close();
    rmSync(certificate.directory, { recursive: true, force: true });
    await upstream?.close();
    await rescind?.stop();
    await database?.drop();
  });

  async function startApache(change: (sample: string) => string): Promise<ProxyProcess> {
    const directory = mkdtempSync(join(tmpdir(), 'rescind-apache-'));
    started.push(() => rmSync(directory, { recursive: true, force: true }));
    const port = await freePort();
    const user = process.getuid?.() === 0 ? 'User www-data\nGroup www-data\n' : '';
    const trusted = `OIDCCABundlePath ${certificate.certPath}\n`;
    const places = `ServerRoot ${directory}\nPidFile ${join(directory, 'pid')}\nErrorLog /dev/stderr\n${user}`;
    const file = join(directory, 'apache.conf');
    const configured = readFileSync(SAMPLE, 'utf8')
      .replaceAll('rescind.example.com', `localhost:${(tls.address() as AddressInfo).port}`)
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${upstream.port}`)
      .replaceAll('127.0.0.1:80\n', `127.0.0.1:${port}\n`)
      .replaceAll('0199c0de-0000-7000-8000-000000000004', identity.id)
      .replaceAll('the-secret', client.secret);
    writeFileSync(file, places + change(configured) + trusted);
    const proxy = await startProxy('apache2', ['-X', '-f', file], port, directory);
    started.push(() => proxy.stop());
    return proxy;
  }

  const get = (proxy: ProxyProcess, secret: string, more: [string, string][] = []): Promise<Answer> =>
    exchange(proxy.url, {
      method: 'GET',
      path: '/orders',
      headers: [['authorization', `Bearer ${secret}`], ...more],
    });

  it('configured by its sample, refuses a token from the moment its revocation was answered', async () => {
    const proxy = await startApache((sample) => sample);
    for (let round = 0; round < 20; round++) {
      const token = await aToken(business, { scopes: ['jobs:read'] });
      expect((await get(proxy, token.secret)).status).toBe(200);
      await business.api.post(`/api/v1/tokens/${token.id}/revoke`, {});
      expect((await get(proxy, token.secret)).status).toBe(401);
    }
  });

  it('configured by its sample, tells the application who it is, whatever the client names in Connection', async () => {
    const proxy = await startApache((sample) => sample);
    const token = await aToken(business, { scopes: ['jobs:read'] });
    const { body: info } = await business.api.get(`/api/v1/tokens/${token.id}`);
    const answer = await get(proxy, token.secret, [
      ['connection', 'close, OIDC_CLAIM_sub, OIDC_CLAIM_aud'],
      ['OIDC_CLAIM_sub', 'spoofed'],
    ]);
    expect(answer.status).toBe(200);
    const { headers } = upstream.received.at(-1) as { headers: Record<string, unknown> };
    expect(headers).toMatchObject({ oidc_claim_sub: info.owner.id, oidc_claim_aud: business.id });
    expect(JSON.stringify(headers)).not.toContain(token.secret);
  });

  it('configured by its sample, refuses a token without the scope', async () => {
    const proxy = await startApache((sample) => sample);
    const good = await aToken(business, { scopes: ['my:jobs:read', 'jobs:read', 'jobs:reader'] });
    const token = await aToken(business, { scopes: ['jobs:reader', 'my:jobs:read'] });
    expect((await get(proxy, good.secret)).status).toBe(200);
    expect([401, 403]).toContain((await get(proxy, token.secret)).status);
  });

  it('at its defaults lets a revoked token through, no longer than RESCIND_INTROSPECTION_SECONDS', async () => {
    const proxy = await startApache((sample) => sample.replace(ASKS_EACH_TIME, ''));
    const token = await aToken(business, { scopes: ['jobs:read'], expiresInDays: null });
    expect((await get(proxy, token.secret)).status).toBe(200);
    const revoked = Date.now();
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`, {});
    expect((await get(proxy, token.secret)).status).toBe(200);
    await waitFor('the token to be refused', async () =>
      (await get(proxy, token.secret)).status === 401 ? true : undefined,
    );
    expect(Date.now() - revoked).toBeLessThan((BOUND_SECONDS + 2) * 1000);
  });
});
