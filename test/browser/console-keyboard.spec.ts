import { randomUUID } from 'node:crypto';
import { exchange } from '../support/exchange.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { sharedApp } from '../support/shared-app.js';
import { noteSecret } from '../support/test-run.js';
import type { ConsolePage } from './console-page.js';
import { Keys } from './keys.js';
import { savedBy, windows } from './journeys.js';

describe('in a real browser, whoever has a keyboard alone', () => {
  const { open } = windows();
  let url: string;
  let business: TestBusiness;
  let owner: TestToken;
  let console: ConsolePage;
  let keys: Keys;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness({ name: 'Acme Logistics' });
    owner = await aToken(business, { role: 'owner' });
    await aToken(business, { name: 'Sync', scopes: ['orders:read'] });
  });

  const name = `nightly export ${randomUUID().slice(0, 8)}`;

  /** @returns the secret, which the keys have copied */
  async function issue(): Promise<string> {
    const { page } = console;
    await keys.tabTo(/^Issue a token$/);
    await keys.press('Enter');
    await keys.reach(/^Name/);
    await keys.type(name);
    await keys.tabTo(/Expires$/);
    await keys.press('Enter');
    await keys.reach(/^after 90 days$/);
    await keys.press('ArrowUp');
    await keys.reach(/^after 30 days$/);
    await keys.press('Enter');
    await keys.reach(/^after 30 days Expires$/);
    await keys.tabTo(/^orders:read$/);
    await keys.press('Space');
    await keys.tabTo(/^Read tokens and their usage/);
    await keys.press('Space');
    await page.getByText('2 scopes chosen.').waitFor();
    await keys.tabTo(/^Issue the token$/);
    await keys.press('Enter');
    await console.heading('The token is issued').waitFor();
    await keys.tabTo(/^Copy$/);
    await keys.press('Enter');
    await keys.reach(/^Copied$/);
    const secret = await page.evaluate<string>('navigator.clipboard.readText()');
    noteSecret(secret);
    await keys.tabTo(/^I have kept it$/);
    await keys.press('Space');
    await keys.tabTo(/^Open the token$/);
    await keys.press('Enter');
    await console.heading(name).waitFor();
    await keys.kept('main');
    return secret;
  }

  /** From anywhere: to the tokens, to the search, and into the row. */
  async function find(): Promise<void> {
    const { page } = console;
    await keys.press('g');
    await keys.press('t');
    await page.waitForURL(`${url}/console/b/${business.id}/tokens`);
    await keys.kept('main');
    await page.getByRole('row', { name }).waitFor();
    await keys.press('/');
    await keys.reach(/^Search tokens/);
    await keys.type(name.slice(0, -2));
    await page.getByText('1 token', { exact: true }).waitFor();
    await keys.tabTo(/^Tokens$/, 'grid');
    await keys.press('Home');
    await keys.press('Enter');
    await console.heading(name).waitFor();
    await keys.kept('main');
  }

  async function usePalette(): Promise<void> {
    const { page } = console;
    await keys.press('Control+k');
    await keys.reach(/^Go to$/);
    await keys.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await keys.kept('main');
    await keys.press('Control+k');
    await keys.reach(/^Go to$/);
    await keys.type('over');
    await keys.press('Enter');
    await console.heading('Overview').waitFor();
    await keys.kept('main');
    await keys.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await keys.kept('[role=dialog]');
    await keys.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await keys.kept('main');
  }

  async function revoke(): Promise<void> {
    const { page } = console;
    await keys.tabTo(/^Revoke$/);
    await keys.press('Enter');
    await keys.reach(/^Reason/);
    await keys.press('Escape');
    await keys.reach(/^Revoke$/);
    await keys.press('Enter');
    await keys.reach(/^Reason/);
    await keys.type('the export is done elsewhere');
    await keys.press('Enter');
    await page.getByText(`Refused everywhere: ${name}`).waitFor();
    await keys.reach(/^Close$/);
    await keys.tabTo(/^Signed receipt$/, 'button', 'Shift+Tab');
    const saved = await savedBy(page, () => keys.press('Enter'));
    expect(saved.text.split('.')).toHaveLength(3);
    await keys.tabTo(/^Close$/);
    await keys.press('Enter');
    await page.getByText('Revoked: it never comes back').waitFor();
    // The button that had opened the dialog is gone by now.
    await page.getByRole('button', { name: 'Revoke' }).waitFor({ state: 'detached' });
    await keys.kept('main');
    await keys.tabTo(/^Signed receipt$/);
  }

  it('signs in, issues, searches, goes anywhere, revokes, and takes the receipt away', async () => {
    console = await open(url);
    keys = new Keys(console.page);
    await console.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await console.go(`/b/${business.id}/tokens`);
    await keys.reach(/^Token$/);
    await keys.type(owner.secret);
    await keys.press('Enter');
    await console.page.getByRole('row', { name: 'Sync' }).waitFor();
    const secret = await issue();
    const status = async (): Promise<number> => {
      const headers: [string, string][] = [
        ['authorization', `Bearer ${secret}`],
        ['x-business-id', business.id],
      ];
      return (await exchange(url, { method: 'GET', path: '/api/v1/tokens', headers })).status;
    };
    expect(await status()).toBe(200);
    await usePalette();
    await find();
    await revoke();
    expect(await status()).toBe(401);
  });
});
