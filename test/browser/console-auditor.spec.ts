import { verifyFile } from '../support/audit-export.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  type TestBusiness,
  type TestToken,
} from '../support/factories.js';
import { sharedApp } from '../support/shared-app.js';
import { waitFor } from '../support/wait-for.js';
import type { ConsolePage } from './console-page.js';
import { callFrom, savedBy, windows } from './journeys.js';

/** Whatever begins with one of these would change something; so would nothing else that is offered. */
const CHANGES =
  /^(Issue|Revoke|Add|Create|Change|Remove|Disable|Enable|Edit|Rotate|Shorten|Cancel|Suspend|Resume|Approve|Sign out everywhere|Decline|Withdraw|Unlink)/;

describe('in a real browser, an auditor', () => {
  const { open } = windows();
  let url: string;
  let business: TestBusiness;
  let auditor: TestToken;
  let plain: TestToken;
  let revoked: TestToken;
  let revocation: string;
  let sessionOfAda: string;
  let memberId: string;
  let identityId: string;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness({ name: 'Acme Logistics' });
    auditor = await aToken(business, { role: 'auditor', name: 'auditor' });
    const member = await aMember(business);
    memberId = member.id;
    identityId = (await anIdentity(business)).id;
    plain = await aToken(business, { member, name: 'Order export' });
    revoked = await aToken(business, { member, name: 'Old export' });
    await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`, { reason: 'found in a paste' });
    const { email } = await aMember(business);
    const { body } = await business.api.post('/api/v1/revocations', {
      selector: { owner: email },
      reason: 'moved',
    });
    revocation = (body as { id: string }).id;
  });

  const path = (screen: string): string => `/b/${business.id}${screen}`;
  async function signedIn(screen: string): Promise<ConsolePage> {
    const console = await open(url);
    await console.signIn(auditor.secret, path(screen));
    return console;
  }

  it('reads the whole log, finds what happened, and has the browser prove it', async () => {
    const { page } = await signedIn('/audit');
    await page.getByRole('button', { name: 'Hide reads of the log' }).click();
    const { body } = await business.api.get<{ items: unknown[] }>('/api/v1/audit/events', {
      not_action: 'audit.read',
      limit: 500,
    });
    await page.getByText(`${body.items.length} events in all`).waitFor();

    await page.getByRole('button', { name: 'Filter (1)' }).click();
    const filters = page.getByRole('dialog', { name: 'Filters' });
    await filters.getByRole('button', { name: 'Clear all' }).click();
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await filters.getByLabel('Action', { exact: true }).fill('token.revoked');
    await filters.getByLabel('In the reason').fill('paste');
    await filters.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('1 events in all').waitFor();
    expect(new URL(page.url()).search).toBe('?action=token.revoked&reason=paste');
    await page.getByRole('row', { name: 'token.revoked' }).click();
    const panel = page.getByRole('region', { name: /^Event \d/ });
    await panel.getByText('found in a paste').waitFor();
    expect(await panel.getByRole('link', { name: revoked.id }).count()).toBe(1);

    const { items } = (await business.api.get('/api/v1/audit/events', { action: 'token.revoked' })).body as {
      items: { id: string }[];
    };
    await waitFor('the event to be sealed', async () => {
      const { status } = await business.api.get(`/api/v1/audit/events/${items[0]?.id}/proof`);
      return status === 200;
    });
    await panel.getByRole('tab', { name: 'Proof' }).click();
    await panel.getByRole('button', { name: 'Verify' }).click();
    await panel.getByText('Verified', { exact: true }).waitFor();
    expect(await panel.getByText(': no', { exact: true }).count()).toBe(0);
    await panel.getByText('What this does not prove').waitFor();
  });

  it('takes the log away, which the command verifies, and a table of it', async () => {
    const { page } = await signedIn('/audit');
    const { vkey } = (await business.api.get<{ vkey: string }>('/api/v1/audit/key')).body;
    const exported = async (entry: string) => {
      await page.getByRole('button', { name: 'Export' }).click();
      return savedBy(page, () => page.getByRole('menuitem', { name: entry }).click());
    };
    const log = await exported('NDJSON, with its proof');
    expect(log.name).toMatch(new RegExp(`^audit-${business.id}-.+\\.ndjson$`));
    expect(log.text).toContain('found in a paste');
    expect(await verifyFile(log.path, vkey)).toMatchObject({ code: 0, failures: [] });
    const table = await exported('CSV, for spreadsheets');
    expect(table.name).toMatch(/\.csv$/);
    expect(table.text).toContain('found in a paste');
  });

  it('is offered nothing that changes something, on any screen', async () => {
    const console = await signedIn('/tokens');
    const { page } = console;
    const main = page.getByRole('main');
    const offered: string[] = [];
    const look = async (where: string): Promise<void> => {
      await console.read();
      const names = [
        ...(await page.getByRole('button').allInnerTexts()),
        ...(await page.getByRole('link').allInnerTexts()),
        ...(await page.getByRole('option').allInnerTexts()),
      ];
      offered.push(...names.filter((name) => CHANGES.test(name.trim())).map((name) => `${where}: ${name}`));
      for (const role of ['checkbox', 'radio'] as const)
        if ((await main.getByRole(role).count()) > 0) offered.push(`${where}: a ${role}`);
    };
    const screens: [string, string][] = [
      ['/overview', 'Overview'],
      ['/tokens', 'Tokens'],
      ['/tokens?status=all', 'Tokens'],
      [`/tokens/${plain.id}`, 'Order export'],
      [`/tokens/${revoked.id}`, 'Old export'],
      ['/revocations', 'Revocations'],
      [`/revocations/${revocation}`, 'Revocation'],
      ['/roles', 'Roles'],
      ['/audit', 'Audit log'],
      ['/retention', 'Retention'],
      ['/sessions', 'Sessions'],
    ];
    for (const [screen, heading] of screens) {
      await console.go(path(screen));
      await console.heading(heading).waitFor();
      await look(screen);
    }
    await page.getByRole('row', { name: 'auditor' }).first().click();
    await page.getByRole('dialog').waitFor();
    await look('a session');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: 'Audit log' }).waitFor();
    await look('the palette');
    expect(offered).toEqual([]);
    for (const screen of ['/tokens/new', '/revocations/new', '/members', '/identities']) {
      await console.go(path(screen));
      await page.getByText('You may not see this').waitFor();
      await look(screen);
    }
    expect(offered).toEqual([]);
  });

  it('is refused by the API whatever they ask for by hand, and changes nothing', async () => {
    const ada = await open(url);
    await ada.signIn((await aToken(business, { role: 'owner' })).secret, path('/sessions'));
    const { body: sessions } = await business.api.get('/api/v1/sessions');
    sessionOfAda =
      (sessions as { items: { id: string; role: string }[] }).items.find(({ role }) => role === 'owner')
        ?.id ?? '';
    const console = await signedIn('/tokens');
    const calls: [string, string, object?][] = [
      ['POST', '/tokens', { name: 'mine' }],
      ['PATCH', `/tokens/${plain.id}`, { name: 'mine' }],
      ['POST', `/tokens/${plain.id}/rotate`, {}],
      ['POST', `/tokens/${plain.id}/revoke`, {}],
      ['POST', '/revocations', { selector: { business: true }, reason: 'x' }],
      ['POST', `/revocations/${revocation}/approve`, {}],
      ['POST', `/revocations/${revocation}/decline`, { reason: 'x' }],
      ['POST', '/members', { email: 'x@example.com', name: 'X', role: 'auditor' }],
      ['PATCH', `/members/${memberId}`, { role: 'auditor' }],
      ['DELETE', `/members/${memberId}`, {}],
      ['POST', '/identities', { name: 'x', role: 'auditor' }],
      ['POST', `/identities/${identityId}/disable`],
      ['PUT', '/audit/retention', { months: 12 }],
      ['POST', `/sessions/${sessionOfAda}/revoke`, {}],
    ];
    for (const [method, call, body] of calls) {
      const answer = await callFrom(console, method, `/api/v1${call}`, { business: business.id, body });
      expect({ call, ...answer }).toEqual({ call, status: 403, code: 'permission.denied' });
    }
    expect((await plain.api.get('/api/v1/tokens')).status).toBe(200);
    await ada.page.reload();
    await ada.heading('Sessions').waitFor();
    // All of it is in the log that they read.
    await console.go(path('/audit?action=access.denied'));
    await console.page.getByRole('row', { name: 'access.denied' }).first().waitFor();
  });
});
