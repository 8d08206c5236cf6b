import { createServer, type Server } from 'node:http';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { aBusiness, aToken, type TestBusiness } from '../support/factories.js';
import { exportOf } from '../support/audit-export.js';
import { exchange } from '../support/exchange.js';
import { sharedApp } from '../support/shared-app.js';
import { AuditVerifyPage } from './audit-verify-page.js';
import { startChromium } from './chromium.js';

const BUILT = join(import.meta.dirname, '../../dist/pages/audit-verify');
const TYPES: Record<string, string> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };

describe('in a real browser, the page that verifies', () => {
  let browser: Browser;
  let address: string;
  let business: TestBusiness;
  let lines: string[];
  let vkey: string;
  let receipt: string;
  let proof: string;
  let checkpoint: string;
  beforeAll(async () => {
    browser = await startChromium();
    const { url } = await sharedApp();
    address = `${url}/audit/verify`;
    business = await aBusiness();
    const token = await aToken(business, { name: 'leaked in a “paste” \u{1f6a8}' });
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'leaked' });
    receipt = (await business.api.get<string>(`/api/v1/tokens/${token.id}/receipt`)).body;
    const claims = JSON.parse(Buffer.from(receipt.split('.')[1]!, 'base64url').toString()) as {
      audit: { event_id: string };
    };
    proof = (await business.api.get<string>(`/api/v1/audit/events/${claims.audit.event_id}/proof`)).body;
    checkpoint = (await business.api.get<string>('/api/v1/audit/checkpoint')).body;
    lines = await exportOf(business);
    ({ vkey } = JSON.parse(lines[0]!) as { vkey: string });
  });
  afterAll(() => browser.close());

  it.each(['light', 'dark'] as const)(
    'verifies an export, refuses it tampered with, and has no fault of access, in %s colours',
    async (colours) => {
      const page = await AuditVerifyPage.open(browser, address, colours);
      expect(await page.findings()).toEqual([]);
      await page.choose([{ name: 'log.ndjson', content: lines.join('') }]);
      await page.trust(vkey);
      const good = await page.verify();
      expect(good.heading).toBe('VERIFIED');
      expect(good.report).toContain(`log         rescind/${business.id}`);
      expect(await page.findings()).toEqual([]);
      await page.page.getByRole('button', { name: 'Remove log.ndjson' }).click();
      expect(await page.page.locator('#outcome').isVisible()).toBe(false);

      const tampered = lines.map((line) => line.replace('"reason":"leaked"', '"reason":"unused"'));
      await page.choose([{ name: 'log.ndjson', content: tampered.join('') }]);
      const bad = await page.verify();
      expect(bad.heading).toBe('NOT VERIFIED: 1 failure(s)');
      expect(bad.report).toMatch(/FAILED {6}changed_event \(sequence \d+, line \d+\): its fields are not/);
      expect(await page.findings()).toEqual([]);
      expect(page.complaints).toEqual([]);
      await page.close();
    },
  );

  it('verifies gzip that was dropped on it, with a checkpoint that was kept', async () => {
    const page = await AuditVerifyPage.open(browser, address);
    await page.choose([{ name: 'log.ndjson.gz', content: gzipSync(lines.join('')) }]);
    await page.drop({ name: 'kept.checkpoint', content: checkpoint });
    await page.trust(vkey);
    const { heading, report } = await page.verify();
    expect({ heading, complaints: page.complaints }).toEqual({ heading: 'VERIFIED', complaints: [] });
    expect(report).toMatch(/consistent {2}with kept\.checkpoint \(\d+ events\)/);
    await page.close();
  });

  it('verifies a receipt with its proof, and not with another', async () => {
    const page = await AuditVerifyPage.open(browser, address);
    await page.choose([
      { name: 'receipt.jwt', content: receipt },
      { name: 'event.tlog-proof', content: proof },
    ]);
    await page.trust(vkey);
    expect(await page.verify()).toMatchObject({
      heading: 'VERIFIED',
      report: expect.stringMatching(/^receipt {5}token ".+" revoked ".+" by /m) as string,
    });
    await page.page.getByRole('button', { name: 'Remove event.tlog-proof' }).click();
    await page.choose([{ name: 'other.tlog-proof', content: proof.replace(/^index \d+$/m, 'index 0') }]);
    expect(await page.verify()).toMatchObject({
      heading: 'NOT VERIFIED: 1 failure(s)',
      report: expect.stringContaining('not_included') as string,
    });
    expect(page.complaints).toEqual([]);
    await page.close();
  });

  it('is used with the keyboard alone, and says what is missing', async () => {
    const { page, ...opened } = await AuditVerifyPage.open(browser, address);
    const order: string[] = [];
    for (let steps = 0; steps < 6; steps++) {
      await page.keyboard.press('Tab');
      const id = await page.evaluate<string>("document.activeElement?.id ?? ''");
      order.push(id);
      if (id === 'keys') await page.keyboard.type(vkey);
    }
    expect(order.slice(0, 5)).toEqual(['files', 'keys', 'origin', 'require-complete', 'verify']);
    await page.locator('#origin').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'CANNOT VERIFY' }).waitFor();
    expect(await page.locator('#report').innerText()).toContain('nothing to verify yet');
    expect(opened.complaints).toEqual([]);
    await page.close();
  });

  it('may talk to nobody, run nothing from elsewhere, and be framed by nobody', async () => {
    const { headers } = await exchange((await sharedApp()).url, { method: 'GET', path: '/audit/verify' });
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|\*/);
    expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' });
    const { page, complaints } = await AuditVerifyPage.open(browser, address);
    const refused = await page.evaluate(() =>
      fetch('/health/live').then(
        () => false,
        () => true,
      ),
    );
    expect(refused).toBe(true);
    expect(complaints.join()).toMatch(/Content Security Policy/);
    await page.close();
  });

  describe('without Rescind,', () => {
    let files: Server;
    beforeAll(async () => {
      files = createServer((request, response) => {
        const name = (request.url ?? '').split('/').at(-1) ?? '';
        response.setHeader('content-type', TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain');
        response.end(readFileSync(join(BUILT, name)));
      }).listen(0, '127.0.0.1');
      await once(files, 'listening');
    });
    afterAll(() => files.close());

    it.each([
      ['from a file server', () => `http://127.0.0.1:${(files.address() as AddressInfo).port}/any/verify.html`],
      ['from the disk', () => pathToFileURL(join(BUILT, 'verify.html')).href],
    ])('works %s', async (_, addressOf) => {
      const page = await AuditVerifyPage.open(browser, addressOf());
      await page.choose([{ name: 'log.ndjson', content: lines.join('') }]);
      await page.trust(vkey);
      expect(await page.verify()).toMatchObject({ heading: 'VERIFIED' });
      expect(page.complaints).toEqual([]);
      await page.close();
    }); // prettier-ignore
  });
});
