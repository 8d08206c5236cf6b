import { generateKeyPairSync, hash, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { sharedApp } from '../../support/shared-app.js';
import { waitFor } from '../../support/wait-for.js';

const PATH = '/leaks/github';

describe("a report of GitHub's secret scanning", () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let asked = 0;
  let published: () => { status: number; text: string };
  let keys: Server;
  let database: TestDatabase;
  let rescind: RescindProcess;
  let business: TestBusiness;

  const listOf = (key: KeyObject): string =>
    JSON.stringify({
      public_keys: [
        { key_identifier: 'one', key: key.export({ type: 'spki', format: 'pem' }), is_current: true },
      ],
    });

  let keysUrl: string;
  beforeAll(async () => {
    keys = createServer((_, response) => {
      asked++;
      const { status, text } = published();
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
    published = () => ({ status: 500, text: '' });
    await once(keys.listen(0, '127.0.0.1'), 'listening');
    const { port } = keys.address() as AddressInfo;
    keysUrl = `http://127.0.0.1:${port}/keys`;
    database = await freshDatabase();
    rescind = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_GITHUB_KEYS_URL: keysUrl },
    });
    await rescind.ready();
    business = await aBusiness({ url: rescind.url });
  });
  afterAll(async () => {
    keys.close();
    await rescind.stop();
    await database.drop();
  });

  const signatureOf = (body: string, key = privateKey): string =>
    sign('sha256', Buffer.from(body), key).toString('base64');

  const send = async (
    body: string,
    { identifier = 'one', signature = signatureOf(body), url = rescind.url } = {},
  ) => {
    const answer = await fetch(`${url}${PATH}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'github-public-key-identifier': identifier,
        'github-public-key-signature': signature,
      },
      body,
    });
    return { status: answer.status, text: await answer.text() };
  };

  it('is not taken while the keys cannot be had, nor by who was told no address of theirs', async () => {
    expect((await send('[]')).status).toBe(503);
    const { url } = await sharedApp();
    const answer = await fetch(`${url}${PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '[]',
    });
    expect(answer.status).toBe(404);
    published = () => ({ status: 200, text: listOf(publicKey) });
  });

  it('has nobody asked again and again for keys that cannot be had', async () => {
    published = () => ({ status: 500, text: '' });
    const before = asked;
    for (let count = 0; count < 5; count++)
      expect((await send('[]', { identifier: `guess ${count}` })).status).toBe(503);
    expect(asked - before).toBeLessThanOrEqual(1);
    published = () => ({ status: 200, text: listOf(publicKey) });
    await waitFor('the keys', async () => (await send('[]')).status === 200);
  });

  it('ends the tokens in it and says which matches were real, without repeating a secret', async () => {
    const token = await aToken(business);
    const guess = `${token.secret.slice(0, -1)}_`;
    const place = { url: 'https://github.example/blob/1', source: 'commit' };
    const body = JSON.stringify([
      { token: token.secret, type: 'rescind_token', ...place },
      { token: guess, type: 'rescind_token', url: '', source: 'Something_New' },
    ]);
    const { status, text } = await send(body);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual([
      { token_hash: hash('sha256', token.secret), token_type: 'rescind_token', label: 'true_positive' },
      { token_hash: hash('sha256', guess), token_type: 'rescind_token', label: 'false_positive' },
    ]);
    const verdict = await business.api.post('/api/v1/tokens/verify', { token: token.secret });
    expect(verdict.body).toMatchObject({ active: false, reason: 'revoked' });
    const { body: info } = await business.api.get(`/api/v1/tokens/${token.id}`);
    expect(info).toMatchObject({ revoked_by: 'GitHub secret scanning', revocation_reason: 'leaked' });
    const { body: log } = await business.api.get('/api/v1/audit/events', { action: 'token.leaked' });
    expect(log.items).toMatchObject([{ details: { ...place, response: 'revoke' } }]);
    // Sent again, it is answered again, and changes nothing.
    expect((await send(body)).text).toBe(text);
    expect((await business.api.get(`/api/v1/tokens/${token.id}`)).body.revoked_at).toBe(info.revoked_at);
    expect(rescind.logs()).not.toContain(token.secret);
  });

  it('is refused when another key signed it, or another text', async () => {
    const body = '[{"token":"x","type":"y"}]';
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    for (const signature of [signatureOf(body, stranger), signatureOf('[]'), 'rubbish', ''])
      expect((await send(body, { signature })).status).toBe(401);
  });

  it('is refused when the key is unknown, which is not asked for again at once', async () => {
    const before = asked;
    for (let count = 0; count < 5; count++)
      expect((await send('[]', { identifier: 'two' })).status).toBe(401);
    expect(asked - before).toBeLessThanOrEqual(1);
  });

  it.each([
    ['no list', '{}'],
    ['no JSON', '[{'],
    ['a match without a type', '[{"token":"x"}]'],
    ['a number for a token', '[{"token":1,"type":"y"}]'],
    ['more than a thousand matches', JSON.stringify(Array(1001).fill({ token: 'x', type: 'y' }))],
  ])('is refused with 400 when it is %s', async (_, body) => {
    expect((await send(body)).status).toBe(400);
  });

  it('may hold a thousand matches, and is refused with 413 above 256 kB', async () => {
    const many = JSON.stringify(
      Array.from({ length: 1000 }, (_, index) => ({
        token: `dz_${index}`,
        type: 'y',
        url: 'https://g.example',
      })),
    );
    const { status, text } = await send(many);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toHaveLength(1000);
    expect((await send(`["${'x'.repeat(256 * 1024)}"]`)).status).toBe(413);
  });

  it('is read however much is reported; who sends what is not signed so is not', async () => {
    const other = await startRescind({
      databaseUrl: database.url,
      env: {
        RESCIND_GITHUB_KEYS_URL: keysUrl,
        RESCIND_FAILED_AUTH_LIMIT: '60',
        RESCIND_OPEN_ROUTE_LIMIT: '600',
      },
    });
    await other.ready();
    const { url } = other;
    const long = JSON.stringify(
      Array.from({ length: 900 }, (_, index) => ({
        token: `dz_${index}`,
        type: 'y',
        url: `https://g.example/${'x'.repeat(200)}`,
      })),
    );
    expect(long.length).toBeGreaterThan(200_000);
    for (let count = 0; count < 10; count++) expect((await send(long, { url })).status).toBe(200);
    for (let count = 0; count < 60; count++)
      expect((await send('[]', { url, signature: 'rubbish' })).status).toBe(401);
    expect((await send('[]', { url })).status).toBe(429);
    await other.stop();
  });
});
