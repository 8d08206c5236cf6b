import { exchange, type Answer } from '../../support/exchange.js';
import { sharedApp } from '../../support/shared-app.js';

const get = async (path: string, headers: [string, string][] = []): Promise<Answer> =>
  exchange((await sharedApp()).url, { method: 'GET', path, headers });

/** A large script that the page names. */
async function script(): Promise<string> {
  const { text } = await get('/console/');
  return /href="(\/console\/assets\/main-[^"]+\.js)"/.exec(text)?.[1] ?? 'none';
}

describe('GET /console', () => {
  it.each([
    '/console',
    '/console/',
    '/console/sign-in?error=not_a_member',
    '/console/b/0199c0de-0000-7000-8000-000000000000/tokens?name=a.b',
    '/console/platform/overview',
  ])('answers %s to anybody with its page, which nobody may keep or put into a frame', async (path) => {
    const { status, headers, text } = await get(path);
    expect(status).toBe(200);
    expect(text).toMatch(/^<!doctype html>/);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  });

  it('lets the page run its own scripts and ask its own service, and nothing else', async () => {
    const { headers } = await get('/console/');
    const policy = headers['content-security-policy'];
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(policy).toContain("connect-src 'self'; ");
    expect(policy).toContain(
      "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    );
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  it('has no script or style in the page itself, and names no other origin', async () => {
    const { text } = await get('/console/');
    expect(text).not.toMatch(/<style|style=|<script(?![^>]*\ssrc="\/console\/assets\/)|\son\w+=|https?:/);
  });

  it('gives files with their hash in the name for a year, compressed for whoever takes that', async () => {
    const path = await script();
    const plain = await get(path);
    expect(plain.status).toBe(200);
    expect(plain.headers['content-type']).toMatch(/^(?:text|application)\/javascript; charset=utf-8$/);
    expect(plain.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
    expect(plain.headers['content-encoding']).toBeUndefined();
    for (const encoding of ['br', 'gzip']) {
      const { headers } = await get(path, [['accept-encoding', encoding]]);
      expect(headers).toMatchObject({ 'content-encoding': encoding, vary: 'accept-encoding' });
      expect(Number(headers['content-length'])).toBeLessThan(Number(plain.headers['content-length']) / 2);
    }
  });

  it('gives the same bytes, compressed or not', async () => {
    const url = `${(await sharedApp()).url}${await script()}`;
    const bodyOf = async (encoding: string): Promise<Buffer> => {
      const { body } = await fetch(url, { headers: { 'accept-encoding': encoding } });
      const chunks: Uint8Array[] = [];
      for await (const chunk of body ?? []) chunks.push(chunk as Uint8Array);
      return Buffer.concat(chunks);
    };
    // fetch decompresses by itself.
    const [plain, br, gzip] = await Promise.all(['identity', 'br', 'gzip'].map(bodyOf));
    expect(br?.equals(plain!)).toBe(true);
    expect(gzip?.equals(plain!)).toBe(true);
  });

  it.each([
    '/console/assets/nothing.js',
    '/console/robots.txt',
    '/console/manifest.json',
    '/console/assets/..%2findex.html',
    '/console/assets/%2e%2e/%2e%2e/main.js',
  ])('has nothing at %s', async (path) => {
    const { status, text } = await get(path);
    expect([400, 404]).toContain(status);
    expect(text).not.toMatch(/<!doctype|import/);
  });

  it('holds nothing of the installation', async () => {
    const { text } = await get('/console/');
    expect(text).not.toMatch(/PUBLIC KEY|[0-9a-f]{8}-[0-9a-f]{4}|127\.0\.0\.1/);
  });
});
