import type { Browser } from 'playwright-core';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { operationsOf, type Operation } from '../support/operations.js';
import { sharedApp } from '../support/shared-app.js';
import type { Visitor } from '../support/try-it-out.js';
import { startChromium } from './chromium.js';
import { ConsolePage } from './console-page.js';
import { SwaggerUiPage } from './swagger-ui-page.js';

describe('in a real browser, Swagger UI with a session', () => {
  let browser: Browser;
  let url: string;
  let business: TestBusiness;
  let owner: TestToken;
  let visitor: Visitor;
  let console: ConsolePage;
  let operations: Operation[];
  beforeAll(async () => {
    browser = await startChromium();
    ({ url } = await sharedApp());
    business = await aBusiness({ name: 'Acme <Logistics>' });
    owner = await aToken(business, { role: 'owner' });
    ({ operations } = await operationsOf(url));
    const fill = () => owner.id;
    visitor = { secret: owner.secret, businessId: business.id, fill };
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    console = await ConsolePage.open(browser, url);
  });
  afterEach(() => console.context.close());

  const operation = (id: string): Operation =>
    operations.find((each) => each.operationId === id) as Operation;
  const statusOf = async (page: SwaggerUiPage, id: string): Promise<number> => {
    const { status, findings } = await page.execute(operation(id), visitor);
    expect(findings).toEqual([]);
    return status;
  };

  /** By the link on the page, and back to where it was. */
  async function signedIn(secret: string, address = '/docs'): Promise<SwaggerUiPage> {
    const { page } = console;
    await page.goto(url + address);
    const swagger = await SwaggerUiPage.on(page);
    await swagger.session.getByRole('link', { name: 'Sign in' }).click();
    await console.presentToken(secret);
    await page.waitForURL(url + address);
    await swagger.shown();
    await swagger.session.getByText('Signed in as').waitFor();
    return swagger;
  }

  it('reads and changes as whoever is signed in, without "Authorize", and keeps nothing', async () => {
    const page = await signedIn(owner.secret);
    expect(await page.session.innerText()).toContain('The owner, Acme <Logistics>');
    expect(await statusOf(page, 'getOverview')).toBe(200);
    expect(await statusOf(page, 'getToken')).toBe(200);
    expect(await statusOf(page, 'issueToken')).toBe(201);
    const { body } = await business.api.get('/api/v1/tokens', { owner_email: '*' });
    const issued = (body.items as { name: string; issued_by_token: string }[]).filter(
      ({ name }) => name === 'deploy pipeline',
    );
    expect(issued).toHaveLength(1);
    expect(await page.criticalFindings('body')).toEqual([]);
    const stored = await console.page.evaluate<string>('JSON.stringify([localStorage, sessionStorage])');
    expect(JSON.parse(stored)).toEqual([{}, {}]);
    expect(await page.kept()).not.toContain(owner.secret);
    expect(page.complaints).toEqual([]);
  });

  it('comes back to the document that was open', async () => {
    const page = await signedIn(owner.secret, '/docs?urls.primaryName=Rescind');
    expect(await statusOf(page, 'listTokens')).toBe(200);
  });

  it('is refused everything when nobody is signed in, and as soon as the session has ended', async () => {
    await console.page.goto(`${url}/docs`);
    const page = await SwaggerUiPage.on(console.page);
    await page.session.getByText('Nobody is signed in').waitFor();
    expect(await statusOf(page, 'listTokens')).toBe(401);
    expect(await statusOf(page, 'issueToken')).toBe(401);

    const other = await aToken(business, { role: 'owner' });
    const again = await signedIn(other.secret);
    expect(await statusOf(again, 'issueToken')).toBe(201);
    await business.api.post(`/api/v1/tokens/${other.id}/revoke`);
    expect(await statusOf(again, 'issueToken')).toBe(401);
  });

  it('shows its operations in the groups that its document explains', async () => {
    await console.page.goto(`${url}/docs`);
    const page = await SwaggerUiPage.on(console.page);
    const { document } = await operationsOf(url);
    const explained = (document as unknown as { tags: { name: string; description: string }[] }).tags;
    expect(await page.groups()).toEqual(explained.map(({ name }) => name));
    for (const { description } of explained) expect(description).not.toBe('');
    for (const { tags } of operations) expect(tags).toHaveLength(1);
  });
});
