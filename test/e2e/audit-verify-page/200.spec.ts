import { exchange } from '../../support/exchange.js';
import { sharedApp } from '../../support/shared-app.js';

describe('GET /audit/verify', () => {
  it.each([
    ['/audit/verify', 'text/html', '<!doctype html>'],
    ['/audit/verify.js', 'text/javascript', ''],
    ['/audit/verify.css', 'text/css', ':root'],
  ])('answers %s to anybody, under a policy that lets it talk to nobody', async (path, type, beginning) => {
    const { status, headers, text } = await exchange((await sharedApp()).url, { method: 'GET', path });
    expect({ status, type: headers['content-type'] }).toEqual({
      status: 200,
      type: `${type}; charset=utf-8`,
    });
    expect(text.startsWith(beginning)).toBe(true);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(headers['content-security-policy']).not.toMatch(/unsafe|connect-src|https?:|\*/);
  });

  it('holds nothing of the installation', async () => {
    const { url } = await sharedApp();
    const { text } = await exchange(url, { method: 'GET', path: '/audit/verify' });
    expect(text).not.toMatch(/PUBLIC KEY|[0-9a-f]{8}-[0-9a-f]{4}|127\.0\.0\.1/);
  });
});
