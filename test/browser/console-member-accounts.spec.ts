import { randomUUID } from 'node:crypto';
import { aMember, aToken, type TestBusiness, type TestMember, type TestToken } from '../support/factories.js';
import { startProvider, type RealProvider } from '../support/oidc/real-provider.js';
import { aSignInHouse, type SignInHouse } from '../support/oidc/sign-in-house.js';
import type { ConsolePage } from './console-page.js';
import { callFrom, windows } from './journeys.js';
import { Keys } from './keys.js';

describe('in a real browser, the accounts of a member', () => {
  const { open } = windows();
  let provider: RealProvider;
  let house: SignInHouse;
  let business: TestBusiness;
  let owner: TestToken;
  beforeAll(async () => {
    house = await aSignInHouse(
      async (_, origin) => {
        provider = await startProvider(origin);
        const { issuer, clientId: client_id, clientSecret: client_secret } = provider;
        return [{ id: 'corp', name: 'Corp SSO', issuer, client_id, client_secret }];
      },
      { count: 1 },
    );
    [business] = house.businesses as [TestBusiness];
    owner = await aToken(business, { role: 'owner' });
  }, 120_000);
  afterAll(async () => {
    await house?.leave();
    await provider?.stop();
  });

  async function linked(): Promise<{ member: TestMember; subject: string }> {
    const member = await aMember(business, 'admin');
    const subject = `sub-${randomUUID().slice(0, 8)}`;
    const { status } = await business.api.post(`/api/v1/members/${member.id}/accounts`, {
      issuer: provider.issuer,
      subject,
    });
    expect(status).toBe(201);
    return { member, subject };
  }

  /** A window of whoever the provider knows by this subject. */
  async function signedInAs(subject: string): Promise<ConsolePage> {
    await provider.signsIn(subject);
    const console = await open(house.origin);
    await console.go(`/b/${business.id}/tokens`);
    await console.page.getByRole('link', { name: 'Sign in with Corp SSO' }).click();
    await console.heading('Tokens').waitFor();
    return console;
  }

  it.each(['light', 'dark'] as const)(
    'are listed, and one is unlinked by keys alone: its sessions end, and nobody signs in with it; in %s colours',
    async (colours) => {
      const { member, subject } = await linked();
      const theirs = await signedInAs(subject);
      const other = await signedInAs((await linked()).subject);
      const current = '/api/v1/sessions/current';
      expect((await callFrom(theirs, 'GET', current)).status).toBe(200);

      const mine = await open(house.origin);
      await mine.page.emulateMedia({ colorScheme: colours });
      await mine.signIn(owner.secret, `/b/${business.id}/members?member=${member.id}`);
      const { page } = mine;
      const dialog = page.getByRole('dialog');
      const account = dialog.getByRole('list', { name: 'Linked accounts' }).getByRole('listitem');
      await account.getByText(subject, { exact: true }).waitFor();
      await account.getByText(`at ${provider.issuer}`).waitFor();
      await account.getByText(/^linked /).waitFor();
      expect(await account.count()).toBe(1);
      expect(await mine.findings()).toEqual([]);

      const keys = new Keys(page);
      await keys.tabTo(/^Unlink… sub-/);
      await keys.press('Enter');
      await keys.reach(/^Back$/);
      await dialog
        .getByText('Every session that was opened with this account ends at once, everywhere.')
        .waitFor();
      expect(await mine.findings()).toEqual([]);
      await keys.press('Enter');
      await account.waitFor();
      expect((await callFrom(theirs, 'GET', current)).status).toBe(200);
      await keys.tabTo(/^Unlink… sub-/);
      await keys.press('Enter');
      await keys.reach(/^Back$/);
      await keys.tabTo(/^Unlink, and end its sessions$/);
      await keys.press('Enter');
      await dialog.getByText('are refused everywhere').waitFor();
      await keys.reach(/^Close$/);
      expect((await callFrom(theirs, 'GET', current)).status).toBe(401);
      expect((await callFrom(other, 'GET', current)).status).toBe(200);
      expect(await mine.findings()).toEqual([]);
      await keys.press('Enter');
      await dialog.waitFor({ state: 'detached' });
      await page.getByRole('row', { name: member.email }).click();
      await dialog.getByText('None: they sign in with a token.').waitFor();

      // Nobody has touched their page.
      await theirs.page.getByText('Your session has ended.').waitFor();
      await provider.signsIn(subject);
      await theirs.page.getByRole('link', { name: 'Sign in with Corp SSO' }).click();
      await theirs.page.getByText('You are known to the provider, but no member here.').waitFor();
    },
  );

  it('are seen by an admin, who may not unlink those of an owner', async () => {
    const member = await aMember(business, 'owner');
    const path = `/api/v1/members/${member.id}/accounts`;
    const subject = `sub-${randomUUID().slice(0, 8)}`;
    const { body } = await business.api.post(path, { issuer: provider.issuer, subject });
    const console = await open(house.origin);
    const { secret } = await aToken(business, { role: 'admin' });
    await console.signIn(secret, `/b/${business.id}/members?member=${member.id}`);
    const dialog = console.page.getByRole('dialog');
    await dialog.getByText(subject, { exact: true }).waitFor();
    expect(await dialog.getByRole('button', { name: /^Unlink/ }).count()).toBe(0);
    const account = `${path}/${body.id as string}`;
    const { status } = await callFrom(console, 'DELETE', account, { business: business.id });
    expect(status).toBe(403);
  });

  it('say that it is the reader, who is signed out with their own', async () => {
    const { member, subject } = await linked();
    const console = await signedInAs(subject);
    await console.go(`/b/${business.id}/members?member=${member.id}`);
    const { page } = console;
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: /^Unlink…/ }).click();
    await dialog.getByText('This is you: if you have signed in with this account').waitFor();
    await dialog.getByRole('button', { name: 'Unlink, and end its sessions' }).click();
    await page
      .getByText(/Your session has ended|The account is unlinked/)
      .first()
      .waitFor();
    expect((await callFrom(console, 'GET', '/api/v1/sessions/current')).status).toBe(401);
  });
});
