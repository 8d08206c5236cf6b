import type { Browser } from 'playwright-core';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { sharedApp } from '../support/shared-app.js';
import { startChromium } from './chromium.js';
import { ConsolePage } from './console-page.js';

/** Markup, and letters that turn the direction of what stands beside them. */
const HOSTILE = '<img src=x onerror="document.title=1"> \u05D0\u05D1\u05D2 (7)';

describe('in a real browser, the console', () => {
  let browser: Browser;
  let url: string;
  let business: TestBusiness;
  let owner: TestToken;
  let plain: TestToken;
  const opened: ConsolePage[] = [];

  beforeAll(async () => {
    browser = await startChromium();
    ({ url } = await sharedApp());
    business = await aBusiness({ name: 'Acme Logistics' });
    owner = await aToken(business, { role: 'owner', name: 'the owner’s' });
    const member = await aMember(business);
    await aToken(business, { member, name: HOSTILE, scopes: ['orders:read'] });
    for (let index = 0; index < 30; index += 1)
      await aToken(business, { member, name: `Sync ${index}`, scopes: ['stock:read'] });
    // The last, so that it is seen: only the rows that fit are in the page.
    plain = await aToken(business, { member, name: 'Order export', scopes: ['orders:read'] });
    await business.api.post('/api/v1/tokens/verify', { token: plain.secret });
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const { context } of opened.splice(0)) await context.close();
  });

  async function open(colours?: 'light' | 'dark'): Promise<ConsolePage> {
    const page = await ConsolePage.open(browser, url, colours);
    opened.push(page);
    return page;
  }
  const tokensPath = (): string => `/b/${business.id}/tokens`;

  it.each(['light', 'dark'] as const)(
    'has no fault of access and breaks no policy, in %s colours',
    async (colours) => {
      const console = await open(colours);
      await console.go('/sign-in');
      await console.page.getByLabel('Token', { exact: true }).waitFor();
      expect(await console.findings()).toEqual([]);
      await console.signIn(owner.secret, tokensPath());
      await console.page.getByRole('row', { name: 'Order export' }).waitFor();
      expect(await console.findings()).toEqual([]);
      await console.page.getByRole('button', { name: 'Filter' }).click();
      await console.page.getByLabel('Has the scopes').waitFor();
      expect(await console.findings({ isPopoverOpen: true })).toEqual([]);
      await console.page.keyboard.press('Escape');
      await console.page.getByRole('link', { name: 'Order export' }).click();
      await console.heading('Order export').waitFor();
      await console.page.getByRole('row', { name: 'token.issued' }).waitFor();
      expect(await console.findings()).toEqual([]);
      await console.page.keyboard.press('Control+k');
      await console.page.getByRole('option', { name: 'Audit log' }).waitFor();
      expect(await console.findings()).toEqual([]);
      expect(console.complaints).toEqual([]);
    },
  );

  it('takes a token for a session, and keeps it nowhere', async () => {
    const { page, context, ...console } = await signedOut();
    await console.go(`${tokensPath()}?status=all`);
    await console.presentToken('dz_nonsense');
    await page.getByText('This token is not accepted').waitFor();
    await console.presentToken(`  ${owner.secret}\n`);
    await page.getByRole('row', { name: 'Order export' }).waitFor();
    expect(page.url()).toBe(`${url}/console${tokensPath()}?status=all`);
    const kept = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, name])',
    );
    expect(kept).not.toContain(owner.secret);
    expect(await page.content()).not.toContain(owner.secret);
    const cookies = await context.cookies();
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatchObject({
      name: '__Host-rescind',
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
    });
    expect(cookies[0]?.value).not.toContain(owner.secret);
    await page.reload();
    await page.getByRole('row', { name: 'Order export' }).waitFor();
  });

  async function signedOut() {
    const console = await open();
    return {
      page: console.page,
      context: console.context,
      go: (path: string) => console.go(path),
      presentToken: (secret: string) => console.presentToken(secret),
    };
  }

  it('leads nobody elsewhere after the sign-in', async () => {
    const console = await open();
    await console.signIn(owner.secret, '/sign-in?return_to=//evil.example/console/');
    await console.page.waitForURL(`${url}/console/b/${business.id}/overview`);
  });

  it('leaves the page once the session is over, and comes back to it', async () => {
    const console = await open();
    const { id, secret } = await aToken(business, { role: 'admin' });
    await console.signIn(secret, tokensPath());
    await console.page.getByRole('row', { name: 'Order export' }).waitFor();
    await business.api.post(`/api/v1/tokens/${id}/revoke`, { reason: 'left' });
    await console.page.getByRole('link', { name: 'Order export' }).click();
    await console.page.getByText('Your session has ended').waitFor();
    expect(await console.page.content()).not.toContain('Order export');
    await console.presentToken(owner.secret);
    await console.heading('Order export').waitFor();
  });

  it('shows in two tabs what the one who is signed in now may see', async () => {
    const first = await open();
    await first.signIn(owner.secret, tokensPath());
    await first.page.getByRole('link', { name: 'Members' }).waitFor();
    const second = await first.another();
    const developer = await aToken(business, { role: 'developer', name: 'a developer’s' });
    await second.go('/sign-in');
    await second.presentToken(developer.secret);
    await second.heading('Overview').waitFor();
    // Nobody has touched the first tab.
    await first.page.getByRole('link', { name: 'Members' }).waitFor({ state: 'detached' });
    await first.page.getByRole('row', { name: 'a developer’s' }).waitFor();
    expect(await first.page.getByRole('row', { name: 'Order export' }).count()).toBe(0);
  });

  it('offers a role only what it may do, and says so where an address asks for more', async () => {
    const console = await open();
    const auditor = await aToken(business, { role: 'auditor' });
    await console.signIn(auditor.secret, tokensPath());
    await console.page.getByRole('row', { name: 'Order export' }).waitFor();
    const links = await console.page
      .getByRole('navigation', { name: 'Screens' })
      .getByRole('link')
      .allInnerTexts();
    expect(links).toEqual(['Overview', 'Tokens', 'Revocations', 'Audit log', 'Retention', 'Sessions']);
    expect(await console.page.getByRole('link', { name: 'Issue a token' }).count()).toBe(0);
    expect(await console.page.getByRole('checkbox').count()).toBe(0);
    for (const path of ['/platform/businesses', `/b/${(await aBusiness()).id}/tokens`]) {
      await console.go(path);
      await console.page.getByRole('alert').getByText('You may not see this').waitFor();
    }
  });

  it('is used by keyboard alone', async () => {
    const console = await open();
    const { keyboard } = console.page;
    await console.go(tokensPath());
    await console.page.getByLabel('Token', { exact: true }).waitFor();
    await keyboard.insertText(owner.secret);
    await keyboard.press('Enter');
    await console.page.getByRole('row', { name: 'Order export' }).waitFor();
    await keyboard.press('/');
    await keyboard.type('order');
    await console.page.getByText('1 token', { exact: true }).waitFor();
    expect(new URL(console.page.url()).search).toBe('?name=order');
    const grid = console.page.locator('[role=grid]:focus');
    for (let stops = 0; stops < 12 && (await grid.count()) === 0; stops += 1) await keyboard.press('Tab');
    await keyboard.press('Home');
    await keyboard.press('Enter');
    await console.heading('Order export').waitFor();
    await keyboard.press('g');
    await keyboard.press('m');
    await console.page.waitForURL(`${url}/console/b/${business.id}/members`);
    await keyboard.press('Control+k');
    await console.page.getByRole('option', { name: 'Tokens' }).waitFor();
    await keyboard.type('toke');
    await keyboard.press('Enter');
    await console.page.waitForURL(`${url}/console${tokensPath()}`);
    await keyboard.press('End');
    expect(console.complaints).toEqual([]);
  });

  it('never shows old data as new when the connection is lost, and reads again when it is back', async () => {
    const console = await open();
    await console.signIn(owner.secret, tokensPath());
    await console.page.getByRole('row', { name: 'Order export' }).waitFor();
    await console.context.setOffline(true);
    await console.page.getByLabel(/^Search tokens/).fill('sync');
    await console.page.getByText('Rescind cannot be reached.').waitFor();
    await console.page.getByRole('button', { name: 'Try now' }).click();
    await console.page.getByText('Rescind cannot be reached.').waitFor();
    await console.context.setOffline(false);
    await console.page.getByText('Rescind cannot be reached.').waitFor({ state: 'detached' });
    await console.page.getByText('30 tokens', { exact: true }).waitFor();
    await console.page.getByRole('row', { name: 'Sync 29' }).waitFor();
  });

  it('shows names as they are written, and keeps what they turn inside of them', async () => {
    const console = await open();
    await console.signIn(owner.secret, `${tokensPath()}?name=onerror`);
    const link = console.page.getByRole('grid', { name: 'Tokens' }).getByRole('link');
    await link.waitFor();
    expect(
      await link.evaluate((element) => [element.textContent, element.firstElementChild?.tagName]),
    ).toEqual([HOSTILE, 'BDI']);
    await link.click();
    await console.page.getByText('Facts', { exact: true }).waitFor();
    expect(await console.page.locator('img').count()).toBe(0);
    expect(await console.page.title()).toBe(`${HOSTILE} · Rescind`);
    expect(console.complaints).toEqual([]);
  });
});
