import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  type TestBusiness,
  type TestToken,
} from '../support/factories.js';
import { aSession } from '../support/session.js';
import { sharedApp } from '../support/shared-app.js';
import { platformSecret } from '../support/test-run.js';
import { startChromium } from './chromium.js';
import { ConsolePage } from './console-page.js';

/** For readers: what every screen looks like. */
const PICTURES = join(import.meta.dirname, '..', '..', '.tmp', 'console-pictures');

const OF_BUSINESS: [path: string, heading: string][] = [
  ['/overview', 'Overview'],
  ['/tokens', 'Tokens'],
  ['/tokens/new', 'Issue a token'],
  ['/revocations', 'Revocations'],
  ['/revocations/new', 'Revoke many tokens'],
  ['/members', 'Members'],
  ['/identities', 'Identities'],
  ['/roles', 'Roles'],
  ['/audit', 'Audit log'],
  ['/retention', 'Retention'],
  ['/sessions', 'Sessions'],
];
const OF_PLATFORM: [path: string, heading: string][] = [
  ['/overview', 'Overview'],
  ['/businesses', 'Businesses'],
  ['/tokens', 'Platform tokens'],
  ['/revocations', 'Revocations'],
  ['/verifiers', 'Verifiers'],
  ['/audit', 'Audit log'],
  ['/retention', 'Retention'],
  ['/sessions', 'Sessions'],
];

describe('in a real browser, every screen of the console', () => {
  let browser: Browser;
  let url: string;
  let business: TestBusiness;
  let owner: TestToken;

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    browser = await startChromium();
    ({ url } = await sharedApp());
    business = await aBusiness({ name: 'Acme Logistics' });
    owner = await aToken(business, { role: 'owner', name: 'owner' });
    const member = await aMember(business);
    await anIdentity(business);
    const revoked = await aToken(business, { member, name: 'Old export', scopes: ['orders:read'] });
    await aToken(business, { member, name: 'Order export', scopes: ['orders:read'] });
    await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`, { reason: 'left the team' });
    await business.api.post('/api/v1/revocations', {
      selector: { owner: member.email },
      reason: 'moved to another team',
    });
  });
  afterAll(() => browser.close());

  /** Opens each as whoever holds the secret. @returns what axe and the browser found on which */
  async function faultsOf(
    secret: string,
    base: string,
    screens: [string, string][],
    colours: 'light' | 'dark',
  ): Promise<string[]> {
    const console = await ConsolePage.open(browser, url, colours);
    const faults: string[] = [];
    await console.signIn(secret, `${base}${screens[0]?.[0] ?? ''}`);
    for (const [path, heading] of screens) {
      await console.go(`${base}${path}`);
      await console.heading(heading).waitFor();
      await console.read();
      const findings = [...(await console.findings()), ...console.complaints.splice(0)];
      faults.push(...findings.map((finding) => `${path}: ${finding}`));
      const name = `${base.startsWith('/platform') ? 'platform' : 'business'}${path.replaceAll('/', '-')}-${colours}`;
      await console.page.screenshot({ path: join(PICTURES, `${name}.png`) });
    }
    await console.context.close();
    return faults;
  }

  it.each(['light', 'dark'] as const)(
    'of a business has no fault of access and breaks no policy, in %s colours',
    async (colours) => {
      expect(await faultsOf(owner.secret, `/b/${business.id}`, OF_BUSINESS, colours)).toEqual([]);
    },
    180_000,
  );

  it.each(['light', 'dark'] as const)(
    'of the platform has no fault of access and breaks no policy, in %s colours',
    async (colours) => {
      expect(await faultsOf(platformSecret(), '/platform', OF_PLATFORM, colours)).toEqual([]);
    },
    180_000,
  );

  it('revokes a session of somebody, and saves the signed receipt of it', async () => {
    const member = await aMember(business);
    const { api, id } = await aSession((await aToken(business, { member })).api);
    const console = await ConsolePage.open(browser, url);
    await console.signIn(owner.secret, `/b/${business.id}/sessions`);
    await console.page.getByRole('row', { name: 'The developer' }).first().click();
    await console.page.getByRole('button', { name: 'Revoke…' }).click();
    await console.page.getByLabel('Reason').fill('laptop lost');
    await console.page.getByRole('button', { name: 'Revoke the session' }).click();
    const receipt = console.page.getByRole('button', { name: 'Signed receipt' });
    await receipt.waitFor();
    expect((await api.get('/api/v1/sessions/current')).status).toBe(401);
    expect(await console.findings()).toEqual([]);
    const [file] = await Promise.all([console.page.waitForEvent('download'), receipt.click()]);
    expect(file.suggestedFilename()).toBe(`session-${id}.jwt`);
    const [, claims = ''] = readFileSync(await file.path(), 'utf8').split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      sub: id,
      revocation_reason: 'laptop lost',
    });
    expect(console.complaints).toEqual([]);
    await console.context.close();
  });
});
