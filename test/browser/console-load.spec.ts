import type { Browser } from 'playwright-core';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { sharedApp } from '../support/shared-app.js';
import { startChromium } from './chromium.js';
import { ConsolePage } from './console-page.js';

/** More than one page of the list. */
const TOKENS = 120;

describe('in a real browser, the console, when it is opened', () => {
  let browser: Browser;
  let url: string;
  let business: TestBusiness;
  let owner: TestToken;

  beforeAll(async () => {
    browser = await startChromium();
    ({ url } = await sharedApp());
    business = await aBusiness({ name: 'Acme Logistics' });
    owner = await aToken(business, { role: 'owner' });
    const member = await aMember(business);
    for (let index = 0; index < TOKENS; index += 10)
      await Promise.all(
        Array.from({ length: 10 }, (_, offset) =>
          aToken(business, { member, name: `Sync ${index + offset}` }),
        ),
      );
  });
  afterAll(() => browser.close());

  /** Opens a screen with a session, without scripts but the first until they are let go. */
  async function openSlowly(path: string) {
    const console = await ConsolePage.open(browser, url);
    await console.signIn(owner.secret, '/sign-in');
    const { page } = console;
    await page.goto('about:blank');
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname, search } = new URL(request.url());
      if (pathname.startsWith('/api/')) asked.push(`${pathname}${search}`);
    });
    const gate = Promise.withResolvers<void>();
    await page.route(/\/assets\/(?:main|libraries)-/, async (route) => {
      await gate.promise;
      await route.continue();
    });
    // Nothing of what is held back has run: the request is the first script's.
    const before = (wanted: string) =>
      page.waitForRequest((request) => request.url() === `${url}${wanted}`, { timeout: 60_000 });
    const wanted = path.endsWith('/overview') ? '/api/v1/overview' : '/api/v1/tokens?owner_email=*&limit=100';
    await Promise.all([
      before('/api/v1/sessions/current'),
      before(wanted),
      page.goto(`${url}/console${path}`, { waitUntil: 'commit' }),
    ]);
    expect(await page.locator('#console > *').count()).toBe(0);
    gate.resolve();
    return { console, page, asked };
  }

  it('asks for the first tokens before the scripts that show them are there, once, and for no more', async () => {
    const { console, page, asked } = await openSlowly(`/b/${business.id}/tokens`);
    await page.getByRole('row', { name: `Sync ${TOKENS - 1}` }).waitFor();
    await page.getByText(`${TOKENS + 1} tokens`, { exact: true }).waitFor();
    expect([...new Set(asked.filter((path) => path.startsWith('/api/v1/tokens?')))]).toEqual([
      '/api/v1/tokens?owner_email=*&limit=100',
      '/api/v1/tokens?owner_email=*&limit=1&include_total_count=true',
    ]);
    expect(console.complaints).toEqual([]);
    await console.context.close();
  });

  it('asks for the overview before the scripts that show it are there', async () => {
    const { console, page } = await openSlowly(`/b/${business.id}/overview`);
    await page.getByRole('link', { name: `${TOKENS + 1} active` }).waitFor();
    expect(console.complaints).toEqual([]);
    await console.context.close();
  });

  it('asks nothing of a business that is not that of the session', async () => {
    const other = await aBusiness();
    const console = await ConsolePage.open(browser, url);
    await console.signIn(owner.secret, '/sign-in');
    const asked: string[] = [];
    console.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await console.go(`/b/${other.id}/tokens`);
    await console.page.getByRole('alert').getByText('You may not see this').waitFor();
    expect(asked).not.toContain('/api/v1/tokens');
    await console.context.close();
  });
});
