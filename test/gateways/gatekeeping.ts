import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { freshDatabase, sql, type TestDatabase } from '../support/databases.js';
import { exchange, type Answer } from '../support/exchange.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { changeToken } from '../support/token-mac.js';
import { startUpstream, type Received, type Upstream } from './upstream.js';
import type { ProxyProcess } from './proxy-process.js';

interface Places {
  rescindPort: number;
  upstreamPort: number;
  /** For what the proxy writes. */
  directory: string;
  /** The business that the sample lets into /acme/. */
  acme: string;
}

const SPOOFED = ['business-id', 'token-id', 'owner', 'owner-kind', 'owner-id', 'scopes', 'expires-at'];

/** What every proxy with its shipped sample must do. */
export function describeGatekeeping(name: string, start: (places: Places) => Promise<ProxyProcess>): void {
  describe(`${name}, configured by its sample,`, () => {
    let database: TestDatabase;
    let rescind: RescindProcess;
    let upstream: Upstream;
    let proxy: ProxyProcess;
    let business: TestBusiness;
    const directory = mkdtempSync(join(tmpdir(), 'rescind-gateway-'));

    beforeAll(async () => {
      database = await freshDatabase();
      rescind = await startRescind({
        databaseUrl: database.url,
        env: { RESCIND_TRUSTED_PROXIES: '127.0.0.1' },
      });
      upstream = await startUpstream();
      business = await aBusiness({ url: rescind.url });
      proxy = await start({
        rescindPort: Number(new URL(rescind.url).port),
        upstreamPort: upstream.port,
        directory,
        acme: business.id,
      });
    });
    afterAll(async () => {
      await proxy?.stop();
      await upstream?.close();
      await rescind?.stop();
      await database?.drop();
      rmSync(directory, { recursive: true, force: true });
    });

    const get = (
      secret: string | null,
      path = '/orders?page=2',
      more: [string, string][] = [],
    ): Promise<Answer> =>
      exchange(proxy.url, {
        method: 'GET',
        path,
        headers: [
          ...(secret === null ? [] : ([['authorization', `Bearer ${secret}`]] as [string, string][])),
          ...more,
        ],
      });
    const arrived = (): Received => upstream.received.at(-1) as Received;
    const demandStopped = async (call: Promise<Answer>, status: number): Promise<Answer> => {
      const before = upstream.received.length;
      const answer = await call;
      expect(answer.status).toBe(status);
      expect(upstream.received.length).toBe(before);
      return answer;
    };
    const reader = (): Promise<TestToken> => aToken(business, { scopes: ['jobs:read'] });

    it('lets a good token through, tells the application who it is, and keeps the secret', async () => {
      const token = await aToken(business, { scopes: ['jobs:read'], expiresInDays: 3 });
      const { body: info } = await business.api.get(`/api/v1/tokens/${token.id}`);
      const answer = await get(token.secret);
      expect(answer).toMatchObject({ status: 200, text: 'from the application' });
      expect(arrived().url).toBe('/orders?page=2');
      expect(arrived().headers).toMatchObject({
        'x-rescind-business-id': business.id,
        'x-rescind-token-id': token.id,
        'x-rescind-owner': info.owner.email,
        'x-rescind-owner-kind': 'user',
        'x-rescind-owner-id': info.owner.id,
        'x-rescind-scopes': 'jobs:read',
        'x-rescind-expires-at': info.expires_at,
      });
      expect(JSON.stringify(arrived())).not.toContain(token.secret);
    });

    it('hands on a body of any type, which Rescind never reads', async () => {
      const token = await aToken(business, { scopes: ['jobs:write'] });
      for (const type of ['application/json', 'application/x-unheard-of', 'multipart/form-data']) {
        const body = `{"not": JSON at all ${'x'.repeat(200_000)}`;
        const headers: [string, string][] = [
          ['authorization', `Bearer ${token.secret}`],
          ['content-type', type],
        ];
        const answer = await exchange(proxy.url, { method: 'POST', path: '/jobs', headers, body });
        expect(answer.status).toBe(200);
        expect(arrived().body).toBe(body);
      }
    });

    it('stops a request without a token with 401 and a challenge', async () => {
      const answer = await demandStopped(get(null), 401);
      expect(answer.headers['www-authenticate']).toContain('Bearer realm="rescind"');
    });

    it('stops unknown and malformed tokens with 401', async () => {
      const token = await reader();
      const last = token.secret.at(-1) === 'a' ? 'b' : 'a';
      for (const secret of [`${token.secret.slice(0, -1)}${last}`, 'x', 'a b'])
        await demandStopped(get(secret), 401);
    });

    it('stops a token from the moment its revocation was answered', async () => {
      const token = await reader();
      for (let round = 0; round < 3; round++) expect((await get(token.secret)).status).toBe(200);
      await business.api.post(`/api/v1/tokens/${token.id}/revoke`, {});
      await demandStopped(get(token.secret), 401);
    });

    it('stops an expired token with 401', async () => {
      const token = await reader();
      await sql(
        database.superuserUrl,
        `UPDATE tokens SET created_at = now() - interval '2 days', expires_at = now() - interval '1 day' WHERE id = $1`,
        [token.id],
      );
      await demandStopped(get(token.secret), 401);
    });

    it('stops a token without the scope with 403, whatever scope the client asks for itself', async () => {
      const token = await aToken(business, { scopes: ['reports:read'] });
      await demandStopped(get(token.secret), 403);
      await demandStopped(get(token.secret, '/orders?scope=reports:read'), 403);
      const writing = exchange(proxy.url, {
        method: 'DELETE',
        path: '/orders',
        headers: [['authorization', `Bearer ${(await reader()).secret}`]],
      });
      await demandStopped(writing, 403);
    });

    it('says to whom it refuses what is missing, with a 403 as with a 401', async () => {
      const token = await aToken(business, { scopes: ['reports:read'] });
      const forbidden = await demandStopped(get(token.secret), 403);
      const challenge = 'Bearer realm="rescind", error="insufficient_scope", scope="jobs:read"';
      expect(forbidden.headers['www-authenticate']).toBe(challenge);
      const unknown = await demandStopped(get(null), 401);
      expect(unknown.headers['www-authenticate']).toBe('Bearer realm="rescind"');
    });

    it('lets a WebSocket through with a good token, and no other', async () => {
      const open = (secret: string): Promise<string> =>
        new Promise((resolve, reject) => {
          const headers = { authorization: `Bearer ${secret}` };
          const socket = new WebSocket(`${proxy.url.replace('http', 'ws')}/live`, { headers });
          socket.on('open', () => socket.send('heard'));
          socket.on('message', (data: Buffer) => {
            resolve(data.toString());
            socket.close();
          });
          socket.on('unexpected-response', (_, answer) => {
            resolve(String(answer.statusCode));
            socket.terminate();
          });
          socket.on('error', reject);
        });
      const token = await aToken(business, { scopes: ['jobs:read'], expiresInDays: 3 });
      expect(await open(token.secret)).toBe('heard');
      expect(arrived()).toMatchObject({ url: '/live', headers: { 'x-rescind-token-id': token.id } });
      expect(JSON.stringify(arrived())).not.toContain(token.secret);
      await business.api.post(`/api/v1/tokens/${token.id}/revoke`, {});
      const before = upstream.received.length;
      expect(await open(token.secret)).toBe('401');
      expect(upstream.received.length).toBe(before);
    });

    it('hands on bodies of megabytes, headers of 12 kB and all scopes that a token can have', async () => {
      const scopes = Array.from({ length: 100 }, (_, index) => `jobs-${'x'.repeat(55)}-${index}:write`);
      const token = await aToken(business, { scopes: [...scopes.slice(1), 'jobs:write'] });
      const answer = await exchange(proxy.url, {
        method: 'POST',
        path: '/jobs',
        headers: [['authorization', `Bearer ${token.secret}`]],
        body: 'x'.repeat(3_000_000),
      });
      expect(answer.status).toBe(200);
      expect(arrived().body.length).toBe(3_000_000);
      expect(String(arrived().headers['x-rescind-scopes']).split(' ')).toHaveLength(100);
      const cookie = `all=${'x'.repeat(12_000)}`;
      expect((await get((await reader()).secret, '/', [['cookie', cookie]])).status).toBe(200);
      expect(arrived().headers.cookie).toBe(cookie);
    });

    it('stops the preflight of a browser, which has no token, unless it is told otherwise', async () => {
      const preflight = exchange(proxy.url, {
        method: 'OPTIONS',
        path: '/orders',
        headers: [
          ['origin', 'https://app.example.com'],
          ['access-control-request-method', 'POST'],
        ],
      });
      await demandStopped(preflight, 401);
    });

    it('stops a token of another business with 403 where one is named', async () => {
      const stranger = await aToken(await aBusiness({ url: rescind.url }), { scopes: ['jobs:read'] });
      await demandStopped(get(stranger.secret, '/acme/orders'), 403);
      await demandStopped(get(stranger.secret, '/', [['x-business-id', business.id]]), 403);
      expect((await get((await reader()).secret, '/acme/orders')).status).toBe(200);
    });

    it('never hands on identity headers that the client made up', async () => {
      const token = await aToken(business, { scopes: ['jobs:read'], expiresInDays: null });
      const spoofed = SPOOFED.flatMap((each): [string, string][] => [
        [`X-Rescind-${each}`, 'spoofed'],
        [`x_rescind_${each.replaceAll('-', '_')}`, 'spoofed'],
      ]);
      expect((await get(token.secret, '/', spoofed)).status).toBe(200);
      expect(JSON.stringify(arrived().headers)).not.toContain('spoofed');
      expect(arrived().headers['x-rescind-owner-kind']).toBe('user');
    });

    it.each(['close', 'keep-alive', 'Upgrade'])(
      'hands on who it is, also if the client says that these headers end at the proxy (Connection: %s, …)',
      async (option) => {
        const token = await aToken(business, { scopes: ['jobs:read'], expiresInDays: 3 });
        const named = [option, ...SPOOFED.map((each) => `X-Rescind-${each}`)].join(', ');
        expect((await get(token.secret, '/', [['connection', named]])).status).toBe(200);
        for (const each of SPOOFED) expect(arrived().headers).toHaveProperty([`x-rescind-${each}`]);
      },
    );

    it('binds a token to addresses by where the client is, not by where it says it is', async () => {
      const token = await reader();
      await changeToken(database.superuserUrl, token.id, `trusted_ips = '{127.0.0.2}'`);
      await demandStopped(get(token.secret, '/', [['x-forwarded-for', '127.0.0.2']]), 403);
      const status = await new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${token.secret}` };
        request(proxy.url, { localAddress: '127.0.0.2', headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on('error', reject)
          .end();
      });
      expect(status).toBe(200);
    });

    // The last one: nothing answers after it.
    it('stops everything once Rescind is stopped', async () => {
      const token = await reader();
      expect((await get(token.secret)).status).toBe(200);
      await rescind.stop();
      const before = upstream.received.length;
      const answer = await get(token.secret);
      expect(answer.status).toBeGreaterThanOrEqual(500);
      expect(upstream.received.length).toBe(before);
    });
  });
}
