import { randomUUID } from 'node:crypto';
import { rescind } from '../cli/rescind-command.js';
import { ownerUrlOf, serviceUrlOf } from '../support/databases.js';
import { aBusiness, aMember, aToken, platform } from '../support/factories.js';
import { sharedApp } from '../support/shared-app.js';
import { noteSecret, platformSecret } from '../support/test-run.js';
import type { ConsolePage } from './console-page.js';
import { pick, tick, windows } from './journeys.js';

describe('in a real browser, the platform', () => {
  const { open } = windows();
  let url: string;
  beforeAll(async () => {
    ({ url } = await sharedApp());
  });

  async function signedIn(secret: string, path: string): Promise<ConsolePage> {
    const console = await open(url);
    await console.signIn(secret, path);
    return console;
  }

  it('makes a business, suspends it and resumes it, and its tokens follow at once', async () => {
    const name = `Acme ${randomUUID().slice(0, 8)}`;
    const { page } = await signedIn(platformSecret(), '/platform/businesses');
    await page.getByRole('button', { name: 'Create a business' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByRole('link', { name: 'Open it' }).click();
    await page.getByRole('link', { name: '← all businesses' }).waitFor();
    const id = /\/b\/([^/]+)/.exec(page.url())?.[1] ?? '';
    const api = (await platform(url)).within(id);
    const token = await aToken({ id, api });
    const statusOf = async (): Promise<number> => (await token.api.get('/api/v1/tokens')).status;
    expect(await statusOf()).toBe(200);

    await page.getByRole('link', { name: '← all businesses' }).click();
    await page.getByLabel('Search businesses by name').fill(name);
    await page.getByRole('row', { name }).click();
    await dialog.getByRole('button', { name: 'Suspend…' }).click();
    const asks = page.getByRole('alertdialog');
    await asks.getByText('It can be undone').waitFor();
    await asks.getByLabel('Reason').fill('unpaid');
    await asks.getByRole('button', { name: 'Suspend it' }).click();
    await dialog.getByText('suspended', { exact: true }).waitFor();
    expect(await statusOf()).not.toBe(200);
    await dialog.getByRole('button', { name: 'Resume…' }).click();
    await asks.getByRole('button', { name: 'Resume it' }).click();
    await dialog.getByText('active', { exact: true }).waitFor();
    expect(await statusOf()).toBe(200);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Audit log' }).click();
    await pick(page, /Which log/, 'All logs');
    for (const action of ['business.resumed', 'business.suspended'])
      await page.getByRole('row', { name: action }).first().waitFor();
  });

  it('issues a platform token for somebody to break the glass with, whose session ends with it', async () => {
    const holder = `safe-${randomUUID().slice(0, 8)}@example.com`;
    const console = await signedIn(platformSecret(), '/platform/tokens');
    const { page } = console;
    await page.getByRole('button', { name: 'Issue a platform token' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('in the safe');
    await dialog.getByLabel('Who will hold it').fill(holder);
    await pick(page, /Expires after/, '1 day');
    await dialog.getByRole('button', { name: 'Issue' }).click();
    const secret = await dialog.getByRole('textbox', { name: 'The platform token' }).inputValue();
    noteSecret(secret);
    await page.keyboard.press('Escape');
    expect(await dialog.getByRole('button', { name: 'Done' }).isDisabled()).toBe(true);
    await tick(dialog, 'I have kept it');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('row', { name: holder }).waitFor();
    expect(await page.content()).not.toContain(secret);

    const emergency = await signedIn(secret, '/platform/audit');
    await emergency.page.getByRole('row', { name: `session.opened ${holder}` }).waitFor();
    await page.getByRole('row', { name: holder }).click();
    await dialog.getByRole('button', { name: 'Revoke…' }).click();
    const asks = page.getByRole('alertdialog');
    await asks.getByLabel('Reason').fill('used once');
    await asks.getByRole('button', { name: 'Revoke it' }).click();
    await page.getByText(/^in the safe is refused everywhere: \d+ of \d+ verifiers confirmed/).waitFor();
    await emergency.page.getByText('Your session has ended.').waitFor();
    await page.getByRole('row', { name: holder }).getByText('revoked').waitFor();
  });

  it('prints a recovery code, with which an owner comes in once, loud in the log', async () => {
    const business = await aBusiness({ name: 'Acme Logistics' });
    const owner = await aMember(business, 'owner');
    const { databaseUrl } = await sharedApp();
    const env = { DATABASE_URL: serviceUrlOf(databaseUrl), RESCIND_MIGRATE_URL: ownerUrlOf(databaseUrl) };
    const { stdout } = await rescind(['recovery-code', '--business', business.id], env, true).ended;
    const code = stdout.trim();
    noteSecret(code);

    const enter = async (console: ConsolePage): Promise<void> => {
      const { page } = console;
      await page.getByText('With a recovery code').click();
      await page.getByLabel('Business').fill(business.id);
      await page.getByLabel('Recovery code').fill(code);
      await page.getByRole('button', { name: 'Sign in with the code' }).click();
    };
    const console = await open(url);
    const { page } = console;
    await console.go(`/b/${business.id}/audit?action=access.*,session.*`);
    await enter(console);
    await page.getByText('owner · recovery code').waitFor();
    await page.getByRole('row', { name: 'session.opened' }).waitFor();
    await page.getByRole('row', { name: 'access.break_glass' }).click();
    const panel = page.getByRole('region', { name: /^Event \d/ });
    await panel.getByText(owner.email).waitFor();
    await panel.getByText('recovery_code', { exact: true }).waitFor();
    expect(await page.content()).not.toContain(code);

    // The platform sees it among all that happens, and the code is good no more.
    const above = await signedIn(platformSecret(), '/platform/audit?log=all&action=access.break_glass');
    await above.page.getByRole('row', { name: owner.email }).waitFor();
    const again = await open(url);
    await again.go('/sign-in');
    await enter(again);
    await again.page.getByText('This code is not accepted').waitFor();
  });
});
