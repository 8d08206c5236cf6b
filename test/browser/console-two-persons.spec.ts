import { sql } from '../support/databases.js';
import {
  aBusiness,
  aMember,
  aToken,
  type TestBusiness,
  type TestMember,
  type TestToken,
} from '../support/factories.js';
import { sharedApp } from '../support/shared-app.js';
import { platformSecret } from '../support/test-run.js';
import type { ConsolePage } from './console-page.js';
import { callFrom, choose, tick, windows } from './journeys.js';
import { Keys } from './keys.js';

describe('in a real browser, more tokens than one person may revoke', () => {
  const { open } = windows();
  let url: string;
  let business: TestBusiness;
  let ada: TestToken;
  let grace: TestToken;
  let tokens: TestToken[];
  let email: string;
  beforeEach(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness({ name: 'Acme Logistics' });
    await business.api.within(null).patch(`/api/v1/admin/businesses/${business.id}`, { approval_above: 1 });
    ada = await aToken(business, { role: 'owner' });
    grace = await aToken(business, { role: 'owner' });
    const member = await aMember(business);
    ({ email } = member);
    tokens = [await aToken(business, { member }), await aToken(business, { member })];
  });

  const statuses = (): Promise<number[]> =>
    Promise.all(tokens.map(async ({ api }) => (await api.get('/api/v1/tokens')).status));

  /** Plans to revoke all tokens of the member. */
  async function planned(secret: string): Promise<ConsolePage> {
    const console = await open(url);
    const { page } = console;
    await console.signIn(secret, `/b/${business.id}/revocations/new`);
    await choose(page, 'All tokens of a member');
    await page.getByLabel('Member', { exact: true }).fill(email);
    await page.getByLabel('Reason').fill('laptop stolen');
    await page.getByRole('button', { name: 'Show what that would revoke' }).click();
    await page.getByText('A second person has to approve it').waitFor();
    return console;
  }

  /** Asks for it. @returns with the window, whose address names the request */
  async function asked(): Promise<ConsolePage & { id: string }> {
    const console = await planned(ada.secret);
    const { page } = console;
    await page.getByRole('button', { name: 'Ask to revoke 2 tokens…' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText('Nothing is revoked before a second person has approved it.').waitFor();
    await dialog.getByRole('button', { name: 'Ask to revoke 2 tokens' }).click();
    await page.getByText('You asked for it: somebody else has to approve it.').waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    return Object.assign(console, { id });
  }

  it('are revoked once a second one approves, and not by whoever asked', async () => {
    const first = await asked();
    expect(await statuses()).toEqual([200, 200]);
    expect(await first.page.getByRole('button', { name: /^Approve/ }).count()).toBe(0);
    const approve = `/api/v1/revocations/${first.id}/approve`;
    expect(await callFrom(first, 'POST', approve, { business: business.id, body: {} })).toEqual({
      status: 403,
      code: 'revocation.same_person',
    });

    const second = await open(url);
    await second.signIn(grace.secret, `/b/${business.id}/revocations`);
    await second.page.getByRole('row', { name: 'laptop stolen' }).click();
    await second.page.getByText('Nothing is revoked until another administrator approves it').waitFor();
    await second.page.getByRole('button', { name: 'Approve, and revoke 2 tokens…' }).click();
    const dialog = second.page.getByRole('alertdialog');
    await dialog.getByText('laptop stolen').waitFor();
    await dialog.getByRole('button', { name: 'Approve, and revoke 2 tokens' }).click();
    await second.page.getByText('Refused everywhere: 2 tokens').waitFor();
    expect(await statuses()).toEqual([401, 401]);
    // The page of whoever asked is told without being touched.
    await first.page.getByText('Approved by', { exact: true }).waitFor();
    await first.page.getByText('2 revoked, of 2 that were meant').waitFor();
    await first.page.getByText('You asked for it').waitFor({ state: 'detached' });
  });

  it('are not approved by whom the asker has added, who reads so before they decide', async () => {
    const added = { email: `puppet-${business.id}@example.com`, name: 'Puppet', role: 'owner' };
    const { body } = await ada.api.post('/api/v1/members', added);
    const puppet = await aToken(business, { member: { ...(body as TestMember), role: 'owner' } });
    const first = await asked();
    const second = await open(url);
    await second.signIn(puppet.secret, `/b/${business.id}/revocations/${first.id}`);
    const { page } = second;
    await page.getByText('You cannot approve it').waitFor();
    await page
      .getByRole('listitem')
      .filter({ hasText: ` added ${added.email}` })
      .waitFor();
    expect(await page.getByRole('button', { name: /^Approve/ }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Decline…' }).count()).toBe(1);
    expect(await second.findings()).toEqual([]);
    expect(await statuses()).toEqual([200, 200]);
  });

  it.each(['light', 'dark'] as const)(
    'stay as they are when a second one declines, who has a keyboard alone, as both see in %s colours',
    async (colours) => {
      const first = await asked();
      const second = await open(url);
      for (const { page } of [first, second]) await page.emulateMedia({ colorScheme: colours });
      await second.signIn(grace.secret, `/b/${business.id}/revocations/${first.id}`);
      const keys = new Keys(second.page);
      await second.page.getByText('Nothing is revoked until another administrator approves it').waitFor();
      await keys.tabTo(/^Decline…$/);
      await keys.press('Enter');
      await keys.reach(/^Reason/);
      const dialog = second.page.getByRole('alertdialog');
      await dialog.getByText('nothing is revoked').waitFor();
      expect(await dialog.getByRole('button', { name: 'Decline the revocation' }).isDisabled()).toBe(true);
      await keys.type('the laptop was found');
      expect(await second.findings()).toEqual([]);
      // Back, and again: what was typed is gone.
      await keys.press('Escape');
      await keys.reach(/^Decline…$/);
      await keys.press('Enter');
      await keys.reach(/^Reason/);
      await keys.type('it was found');
      await keys.press('Enter');
      for (const { page } of [first, second]) {
        await page
          .getByText('and nothing was revoked. Reason: it was found. It can be asked for again.')
          .waitFor();
        await page.getByText('Declined by', { exact: true }).waitFor();
        expect(await page.getByRole('button', { name: /^(Approve|Decline|Withdraw)/ }).count()).toBe(0);
      }
      await keys.kept('main');
      expect([...(await first.findings()), ...(await second.findings())]).toEqual([]);
      expect(await statuses()).toEqual([200, 200]);
      await second.page.getByRole('link', { name: 'Revocations' }).first().click();
      await second.page
        .getByRole('row', { name: 'laptop stolen' })
        .getByText('declined', { exact: true })
        .waitFor();
    },
  );

  it('stay as they are when whoever asked withdraws it, as the second one sees', async () => {
    const first = await asked();
    const second = await open(url);
    await second.signIn(grace.secret, `/b/${business.id}/revocations/${first.id}`);
    const approve = second.page.getByRole('button', { name: 'Approve, and revoke 2 tokens…' });
    await approve.waitFor();
    await first.page.getByRole('button', { name: 'Withdraw the request…' }).click();
    const dialog = first.page.getByRole('alertdialog');
    await dialog.getByText('you asked to revoke stay as they are').waitFor();
    await dialog.getByLabel('Reason').fill('wrong member');
    await dialog.getByRole('button', { name: 'Withdraw the request' }).click();
    for (const { page } of [first, second])
      await page
        .getByText(/, who had asked for it, withdrew it .*nothing was revoked\. Reason: wrong member\./)
        .waitFor();
    await approve.waitFor({ state: 'detached' });
    expect(await statuses()).toEqual([200, 200]);
    await first.page.getByRole('link', { name: 'Audit log' }).click();
    await first.page.getByRole('row', { name: 'revocation.declined' }).click();
    await first.page
      .getByRole('region', { name: /^Event \d/ })
      .getByRole('row', { name: 'state awaiting_approval declined' })
      .waitFor();
  });

  it('are revoked when a decline comes too late, as whoever declines is told', async () => {
    const first = await asked();
    const second = await open(url);
    await second.signIn(grace.secret, `/b/${business.id}/revocations/${first.id}`);
    await second.page.getByRole('button', { name: 'Decline…' }).click();
    const dialog = second.page.getByRole('alertdialog');
    await dialog.getByLabel('Reason').fill('too late');
    const approve = `/api/v1/revocations/${first.id}/approve`;
    const alan = await aToken(business, { role: 'owner' });
    expect((await alan.api.post(approve, {})).status).toBe(201);
    const decline = dialog.getByRole('button', { name: 'Decline the revocation' });
    // The page itself may have seen it before.
    await decline.click({ timeout: 2000 }).catch(() => undefined);
    await second.page.getByText('Approved by', { exact: true }).waitFor();
    await second.page.getByText('2 revoked, of 2 that were meant').waitFor();
    await dialog.waitFor({ state: 'detached' });
    expect(await statuses()).toEqual([401, 401]);
  });

  it('stay as they are when nobody approves in time', async () => {
    const first = await asked();
    const second = await open(url);
    await second.signIn(grace.secret, `/b/${business.id}/revocations/${first.id}`);
    const approve = second.page.getByRole('button', { name: 'Approve, and revoke 2 tokens…' });
    await approve.click();
    const { superuserUrl } = await sharedApp();
    // As if the hour were over: what keeps the row from being changed is left out.
    await sql(
      superuserUrl,
      `DO $$ BEGIN SET LOCAL session_replication_role = replica;
         UPDATE revocation_requests SET approval_expires_at = now() WHERE id = '${first.id}'; END $$`,
    );
    await second.page
      .getByRole('alertdialog')
      .getByRole('button', { name: 'Approve, and revoke 2 tokens' })
      .click();
    for (const { page } of [first, second]) {
      await page.getByText('Nobody approved it in time, and nothing was revoked.').waitFor();
      expect(await page.getByRole('button', { name: /^Approve/ }).count()).toBe(0);
    }
    expect(await statuses()).toEqual([200, 200]);
  });

  it('are revoked at once by the platform, which breaks the glass, as the log says', async () => {
    const { page } = await planned(platformSecret());
    await tick(page, /^Emergency: revoke at once/);
    await page.getByRole('button', { name: 'Revoke 2 tokens…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke 2 tokens' }).click();
    await page.getByText('Refused everywhere: 2 tokens').waitFor();
    expect(await statuses()).toEqual([401, 401]);
    await page.getByRole('link', { name: 'Open the revocation' }).click();
    await page.getByText('break-glass', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Audit log' }).click();
    await page.getByRole('row', { name: /token\.cut_off\s/ }).click();
    await page
      .getByRole('region', { name: /^Event \d/ })
      .getByText('break glass', { exact: true })
      .waitFor();
  });
});
