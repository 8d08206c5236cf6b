import { aBusiness, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { sharedApp } from '../support/shared-app.js';
import { platformSecret } from '../support/test-run.js';
import { windows } from './journeys.js';

/** Where people search, and the plan of a revocation, which keeps in its address what it is about. */
const SCREENS = [
  '/b/:business/tokens',
  '/b/:business/members',
  '/b/:business/identities',
  '/b/:business/audit',
  '/b/:business/revocations/new',
  '/platform/businesses',
  '/platform/audit',
  '/platform/tokens',
];

describe('in a real browser, a secret that is pasted where people search', () => {
  const { open } = windows();
  let url: string;
  let business: TestBusiness;
  let leaked: TestToken;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness({ name: 'Acme Logistics' });
    leaked = await aToken(business, { name: 'Leaked export' });
  });

  it.each(SCREENS)('comes into no address, wherever it is pasted on %s', async (screen) => {
    const console = await open(url);
    const { page } = console;
    await console.signIn(platformSecret(), screen.replace(':business', business.id));
    await console.read();
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    page.on('framenavigated', (frame) => addresses.push(frame.url()));
    const { secret } = leaked;
    let pasted = 0;
    const pasteIn = async (within: { getByRole: typeof page.getByRole }): Promise<void> => {
      for (const role of ['searchbox', 'textbox'] as const)
        for (const box of await within.getByRole(role).all()) {
          if (!(await box.isEditable())) continue;
          if ((await box.getAttribute('type')) === 'datetime-local') continue;
          await box.fill(secret);
          pasted++;
        }
    };
    await pasteIn(page.getByRole('main'));
    const filter = page.getByRole('button', { name: /^Filter( \(|$)/ });
    if ((await filter.count()) > 0) {
      await filter.click();
      await pasteIn(page.getByRole('dialog', { name: 'Filters' }));
      await page.getByRole('button', { name: 'Apply' }).click();
    }
    await page.keyboard.press('Control+k');
    await page
      .getByRole('dialog', { name: 'Go to' })
      .getByRole('searchbox')
      .or(page.getByPlaceholder('Go to a screen'))
      .first()
      .fill(secret);
    pasted++;
    await page.keyboard.press('Escape');
    // Whatever waits for a pause has had it when a screen was left and read again.
    await page.reload();
    await console.read();
    expect(pasted).toBeGreaterThan(screen === '/platform/tokens' ? 0 : 1);
    addresses.push(page.url());
    const [, , random = ''] = secret.split('_');
    expect(addresses.filter((each) => each.includes(random))).toEqual([]);
  });

  it('leads to its token from the list of tokens', async () => {
    const console = await open(url);
    await console.signIn(platformSecret(), `/b/${business.id}/tokens`);
    const search = console.page.getByRole('searchbox');
    await search.fill(leaked.secret);
    await console.page.getByText('This is the secret of a token.').waitFor();
    await console.page.getByRole('button', { name: 'Show its token' }).click();
    await console.heading('Leaked export').waitFor();
    expect(console.page.url()).toMatch(new RegExp(`/b/${business.id}/tokens/${leaked.id}$`));
  });
});
