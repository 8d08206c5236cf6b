import { randomUUID } from 'node:crypto';
import { freshDatabase, type TestDatabase } from '../support/databases.js';
import {
  aBusiness,
  aMember,
  aToken,
  type TestBusiness,
  type TestMember,
  type TestToken,
} from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { platformSecret } from '../support/test-run.js';
import type { ConsolePage } from './console-page.js';
import { windows } from './journeys.js';

describe('in a real browser, without a connection, the console', () => {
  const { open } = windows();
  let database: TestDatabase;
  let rescind: RescindProcess;
  let business: TestBusiness;
  let owner: TestToken;
  let member: TestMember;
  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url });
    await rescind.ready();
    business = await aBusiness({ url: rescind.url, name: 'Acme Logistics' });
    owner = await aToken(business, { role: 'owner', name: 'the owner’s' });
    member = await aMember(business);
  });
  afterAll(async () => {
    await rescind.stop();
    await database.drop();
  });

  const lost = ({ page }: ConsolePage) => page.getByText('Rescind cannot be reached.', { exact: true });

  it.each(['/b/overview', '/platform/overview', '/platform/verifiers'])(
    'shows numbers of the present on %s as of when they were true',
    async (screen) => {
      const path = screen.replace('/b/', `/b/${business.id}/`);
      const console = await open(rescind.url);
      await console.signIn(platformSecret(), path);
      await console.page.getByText('have renewed their lease in time').waitFor();
      await console.context.setOffline(true);
      const old = console.page.getByRole('alert').filter({ hasText: /^As of .*This is not the present\./ });
      await old.waitFor();
      await console.page.locator('.grayscale').waitFor();
      await lost(console).waitFor();
      await console.context.setOffline(false);
      await old.waitFor({ state: 'detached' });
      await lost(console).waitFor({ state: 'detached' });
    },
  );

  it('goes on: what was never read says so, nothing is changed unseen, and all comes back', async () => {
    const console = await open(rescind.url);
    const { page, context } = console;
    await console.signIn(owner.secret, `/b/${business.id}/members`);
    await page.getByRole('row', { name: member.email }).waitFor();
    await page.getByRole('button', { name: 'Add a member' }).click();
    const dialog = page.getByRole('dialog');
    const email = `late-${randomUUID().slice(0, 8)}@example.com`;
    await dialog.getByLabel('E-mail').fill(email);
    await dialog.getByLabel('Name').fill('Late');
    await context.setOffline(true);
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.getByText('Rescind cannot be reached at the moment.').waitFor();
    await context.setOffline(false);
    await lost(console).waitFor({ state: 'detached' });
    await dialog.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('row', { name: email }).waitFor();

    // Screens whose scripts were never loaded, and the palette.
    await context.setOffline(true);
    await page.getByRole('link', { name: 'Retention' }).click();
    await page.getByText('No connection').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('link', { name: 'Members' }).click();
    await page.getByRole('row', { name: email }).waitFor();
    await lost(console).waitFor();
    await page.getByRole('link', { name: 'Sessions' }).click();
    await page.getByText('No connection').waitFor();
    await context.setOffline(false);
    await page.getByRole('grid', { name: 'Sessions' }).waitFor();
    await page.getByRole('link', { name: 'Retention' }).click();
    await console.heading('Retention').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: 'Overview' }).waitFor();
  });

  it('says of a log that could not be read again as of when it is shown', async () => {
    const console = await open(rescind.url);
    const { page, context } = console;
    await console.signIn(owner.secret, `/b/${business.id}/audit`);
    await page.getByRole('row', { name: 'token.issued' }).first().waitFor();
    await context.setOffline(true);
    await page.getByRole('button', { name: 'Read again' }).click();
    const old = page.getByRole('alert').filter({ hasText: /^As of .*could not be read/ });
    await old.waitFor();
    await page.getByRole('row', { name: 'token.issued' }).first().waitFor();
    await context.setOffline(false);
    await old.waitFor({ state: 'detached' });
  });

  it('does not take a revocation for made whose connection was lost, and makes it when it is asked again', async () => {
    const leaked = await aToken(business, { member, name: 'Leaked export' });
    const console = await open(rescind.url);
    const { page, context } = console;
    await console.signIn(owner.secret, `/b/${business.id}/tokens/${leaked.id}`);
    await page.getByRole('button', { name: 'Revoke' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel('Reason (optional)').fill('leaked');
    await context.setOffline(true);
    await dialog.getByRole('button', { name: 'Revoke the token' }).click();
    // Also whom it affects may have been asked again, in vain.
    await dialog.getByRole('alert').getByText('Rescind cannot be reached at the moment.').waitFor();
    expect((await leaked.api.get('/api/v1/tokens')).status).toBe(200);
    await context.setOffline(false);
    await dialog.getByRole('button', { name: 'Revoke the token' }).click();
    await dialog.getByText('Refused everywhere: Leaked export').waitFor();
    expect((await leaked.api.get('/api/v1/tokens')).status).toBe(401);
  });

  it('notices by itself that the service has died, on a screen that asks for nothing, and that it lives again', async () => {
    const console = await open(rescind.url);
    await console.signIn(owner.secret, `/b/${business.id}/members`);
    await console.page.getByRole('row', { name: member.email }).waitFor();
    // Added after the list was read: only a list that was read again shows them.
    const { email } = await aMember(business);
    const late = console.page.getByRole('row', { name: email });
    const { port } = new URL(rescind.url);
    await rescind.kill();
    await lost(console).waitFor();
    expect(await late.count()).toBe(0);
    rescind = await startRescind({ databaseUrl: database.url, env: { PORT: port } });
    await rescind.ready();
    await lost(console).waitFor({ state: 'detached' });
    await late.waitFor();
  });
});
