import { randomUUID } from 'node:crypto';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { sharedApp } from '../support/shared-app.js';
import type { ConsolePage } from './console-page.js';
import { choose, windows } from './journeys.js';

describe('in a real browser, an owner', () => {
  const { open } = windows();
  let url: string;
  let business: TestBusiness;
  let ada: TestToken;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness({ name: 'Acme Logistics' });
    ada = await aToken(business, { role: 'owner', name: 'Ada’s' });
  });

  async function signedIn({ secret }: TestToken, screen: string): Promise<ConsolePage> {
    const console = await open(url);
    await console.signIn(secret, `/b/${business.id}${screen}`);
    return console;
  }
  const statusOf = async ({ api }: TestToken): Promise<number> => (await api.get('/api/v1/tokens')).status;

  it('adds a member, changes their role, and makes an identity, as the log shows', async () => {
    const { page } = await signedIn(ada, '/members');
    const email = `grace-${randomUUID().slice(0, 8)}@example.com`;
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Add a member' }).click();
    await dialog.getByLabel('E-mail').fill(email);
    await dialog.getByLabel('Name').fill('Grace Hopper');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('row', { name: email }).click();
    await dialog.getByRole('button', { name: 'Change' }).click();
    await choose(dialog, /^auditor/);
    await dialog.getByRole('alert').getByText('may do what the role auditor allows').waitFor();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: `Grace Hopper ${email} auditor` }).waitFor();

    await page.getByRole('link', { name: 'Identities' }).click();
    await page.getByRole('button', { name: 'Create an identity' }).click();
    await dialog.getByLabel('Name').fill('deploy pipeline');
    await choose(dialog, /^no-access/);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('row', { name: 'deploy pipeline' }).getByText('no-access').waitFor();

    await page.getByRole('link', { name: 'Audit log' }).click();
    for (const action of ['member.added', 'identity.created'])
      await page.getByRole('row', { name: action }).first().waitFor();
    await page.getByRole('row', { name: 'member.changed' }).click();
    await page
      .getByRole('region', { name: /^Event \d/ })
      .getByRole('row', { name: 'role developer auditor' })
      .waitFor();
  });

  it('revokes what matches, having seen what that hits, and nothing else', async () => {
    const member = await aMember(business);
    const scopes = ['rescind:tokens:read', `stock-${randomUUID()}:read`];
    const meant = [
      await aToken(business, { member, name: 'Stock sync 1', scopes }),
      await aToken(business, { member, name: 'Stock sync 2', scopes }),
    ];
    const other = await aToken(business, { member, name: 'Order export' });
    const { page } = await signedIn(ada, '/revocations');
    await page.getByRole('link', { name: 'Revoke many tokens' }).click();
    await choose(page, /^The tokens that match/);
    await page.getByLabel('Has the scopes').fill(scopes[1] ?? '');
    await page.getByRole('button', { name: 'Show what that would revoke' }).click();
    await page.getByRole('alert').getByText('Give a reason').waitFor();
    await page.getByLabel('Reason').fill('stock system replaced');
    await page.getByRole('button', { name: 'Show what that would revoke' }).click();
    await page.getByText('tokens would be revoked').waitFor();
    const sample = page.getByRole('region', { name: 'Some of them' }).getByRole('link');
    for (const name of await sample.allInnerTexts()) expect(name).toMatch(/^Stock sync [12]$/);
    expect(await Promise.all([...meant, other].map(statusOf))).toEqual([200, 200, 200]);

    await page.getByRole('button', { name: 'Revoke 2 tokens…' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText('There is no undo').waitFor();
    await dialog.getByRole('button', { name: 'Revoke 2 tokens' }).click();
    await page.getByText('Refused everywhere: 2 tokens').waitFor();
    expect(await Promise.all([...meant, other].map(statusOf))).toEqual([401, 401, 200]);
    await page.getByRole('link', { name: 'Open the revocation' }).click();
    await page.getByText('2 revoked, of 2 that were meant').waitFor();
    for (const name of ['Stock sync 1', 'Stock sync 2']) await page.getByRole('row', { name }).waitFor();
  });

  it('removes a member, whose open page ends by itself with a plain sentence', async () => {
    const member = await aMember(business);
    const theirs = await aToken(business, { member });
    const away = await signedIn(theirs, '/tokens');
    await away.page.getByRole('row', { name: 'a token' }).waitFor();
    const { page } = await signedIn(ada, '/members');
    await page.getByLabel('Search members').fill(member.email);
    await page.getByRole('row', { name: member.email }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await dialog.getByText(/loses\s+1 token\s+and every session/).waitFor();
    await dialog.getByLabel('Reason (optional)').fill('left the company');
    await dialog.getByRole('button', { name: 'Remove, and revoke 1 token' }).click();
    await dialog.getByText('1 token revoked, and refused everywhere.').waitFor();
    // Nobody has touched their page.
    await away.page.getByText('Your session has ended.').waitFor();
    expect(await away.page.content()).not.toContain('a token of');
    await away.presentToken(theirs.secret);
    await away.page.getByText('This token is not accepted').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('Nobody has that name').waitFor();
  });

  it('ends the session of somebody else, and not their token', async () => {
    const member = await aMember(business);
    const theirs = await aToken(business, { member });
    const away = await signedIn(theirs, '/tokens');
    await away.page.getByRole('row', { name: 'a token' }).waitFor();
    const { page } = await signedIn(ada, '/sessions');
    const row = page.getByRole('row', { name: /^The developer developer/ });
    await row.click();
    await page.getByRole('dialog').getByText(member.email).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke…' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText('Their tokens stay.').waitFor();
    await dialog.getByLabel('Reason').fill('an unknown browser');
    await dialog.getByRole('button', { name: 'Revoke the session' }).click();
    await page.getByText(/was refused everywhere after \d+\.\d\d s\./).waitFor();
    await away.page.getByText('Your session has ended.').waitFor();
    await row.waitFor({ state: 'detached' });
    expect(await statusOf(theirs)).toBe(200);
    await away.presentToken(theirs.secret);
    await away.page.getByRole('row', { name: 'a token' }).waitFor();
  });
});
