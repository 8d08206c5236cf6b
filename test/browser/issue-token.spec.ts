import type { Browser } from 'playwright-core';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { sharedApp } from '../support/shared-app.js';
import { startChromium } from './chromium.js';
import { ConsolePage } from './console-page.js';

describe('in a real browser, a token is issued', () => {
  let browser: Browser;
  let url: string;
  let business: TestBusiness;
  let admin: TestToken;
  let console: ConsolePage;
  beforeAll(async () => {
    browser = await startChromium();
    ({ url } = await sharedApp());
    business = await aBusiness({ name: 'Acme Logistics' });
    admin = await aToken(business, { role: 'admin' });
    await aToken(business, { member: await aMember(business), scopes: ['orders:read', 'stock:write'] });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    console = await ConsolePage.open(browser, url);
  });
  afterEach(() => console.context.close());

  it('with scopes that were picked and addresses that were listed, which its page shows and changes', async () => {
    const { page } = console;
    await console.signIn(admin.secret, `/b/${business.id}/tokens/new`);
    await page.getByLabel('Name').fill('warehouse sync');
    await page.getByText('orders:read', { exact: true }).click();
    await page.getByText('Read tokens and their usage').click();
    await page.getByLabel('Allowed addresses').fill('203.0.113.0/24\noffice.example.com');
    await page.getByRole('button', { name: 'Issue the token' }).click();
    await page.getByText('Item 2 should be an IPv4 or IPv6 address or a CIDR').waitFor();
    await page.getByLabel('Allowed addresses').fill('203.0.113.0/24\n2001:db8::/32');
    expect(await console.findings()).toEqual([]);
    await page.getByRole('button', { name: 'Issue the token' }).click();
    await console.heading('The token is issued').waitFor();
    const { body } = await business.api.get('/api/v1/tokens', { owner_email: '*', name: 'warehouse sync' });
    expect(body.items).toMatchObject([
      {
        scopes: ['orders:read', 'rescind:tokens:read'],
        trusted_ips: ['203.0.113.0/24', '2001:db8::/32'],
      },
    ]);
    const id = body.items[0].id as string;

    await page.getByRole('checkbox').press('Space');
    await console.go(`/b/${business.id}/tokens/${id}`);
    await page.getByText('2001:db8::/32').waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Allowed addresses').fill('198.51.100.7');
    expect(await console.findings({ isPopoverOpen: true })).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('198.51.100.7', { exact: true }).waitFor();
    await page.getByText('2001:db8::/32').waitFor({ state: 'detached' });
    expect((await business.api.get(`/api/v1/tokens/${id}`)).body.trusted_ips).toEqual(['198.51.100.7']);
    expect(console.complaints).toEqual([]);
  });

  it('by a developer, who is offered what they may give, and nothing that only colleagues have', async () => {
    const { page } = console;
    const developer = await aToken(business, { scopes: ['rescind:tokens:write', 'jobs:run'] });
    await console.signIn(developer.secret, `/b/${business.id}/tokens/new`);
    await page.getByText('jobs:run', { exact: true }).waitFor();
    await page.getByText('Issue, rotate and revoke tokens').waitFor();
    expect(await page.getByText('orders:read', { exact: true }).count()).toBe(0);
    expect(await page.getByText('Everything in the business').count()).toBe(0);
    await page.getByLabel('Another scope').fill('orders:read');
    await page.getByText('You may not grant this').waitFor();
  });

  it('with scopes that an administrator lets developers give, which the screen of roles shows and changes', async () => {
    const { page } = console;
    await console.signIn(admin.secret, `/b/${business.id}/roles`);
    await page.getByRole('heading', { name: 'What developers may give' }).waitFor();
    await page.getByRole('button', { name: 'Change' }).click();
    const list = page.getByLabel('Scopes of your product');
    await list.fill('orders:read\nrescind:tokens:write');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Input should be a scope of the product that exists').waitFor();
    expect(await console.findings({ isPopoverOpen: true })).toEqual([]);
    await list.fill('orders:read\nstock:read');
    await page.getByRole('button', { name: 'Save' }).click();
    await list.waitFor({ state: 'detached' });
    await page.getByText('stock:read', { exact: true }).waitFor();
    expect((await business.api.get('/api/v1/scopes')).body.developer_scopes).toEqual([
      'orders:read',
      'stock:read',
    ]);
    expect(await console.findings()).toEqual([]);
    expect(console.complaints).toEqual([]);
  });
});
