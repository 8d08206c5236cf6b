import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Verifier } from '@rescind/verifier';
import { rescind } from '../cli/rescind-command.js';
import { aClientVerifier, closeClientVerifiers, outcomeOf, remember } from '../support/client-verifier.js';
import { freshDatabase, sql, type TestDatabase } from '../support/databases.js';
import { exchange } from '../support/exchange.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { noteSecret, platformSecret } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import type { ConsolePage } from './console-page.js';
import { pick, savedBy, tick, windows } from './journeys.js';

/** Long enough to look at a verifier that has not confirmed yet. */
const LEASE_MS = 20_000;

describe('in a real browser, a developer', () => {
  const { open } = windows();
  let database: TestDatabase;
  const processes: RescindProcess[] = [];
  let clients: Verifier[];
  let business: TestBusiness;
  let developer: TestToken;
  let console: ConsolePage;
  /** The verifiers that are registered, in the order in which their processes were started. */
  const verifiers: string[] = [];

  beforeAll(async () => {
    database = await freshDatabase();
    // The first serves the console.
    while (processes.length < 2) {
      const env = { RESCIND_LEASE_MS: String(LEASE_MS), RESCIND_WORKERS: '1' };
      const started = await startRescind({ databaseUrl: database.url, env });
      processes.push(started);
      await started.ready();
      const id = await waitFor('its verifier to be registered', async () => {
        const rows = await sql<{ id: string }>(database.superuserUrl, 'SELECT id FROM verifiers');
        return rows.find((each) => !verifiers.includes(each.id))?.id;
      });
      verifiers.push(id);
    }
    business = await aBusiness({ url: processes[0]?.url, name: 'Acme Logistics' });
    developer = await aToken(business, {
      role: 'developer',
      name: 'laptop',
      scopes: ['rescind:tokens:read', 'rescind:tokens:write', 'orders:read', 'orders:write'],
    });
    clients = await Promise.all(
      processes.map(({ url }) => aClientVerifier({ url, token: platformSecret() })),
    );
    // Within a lease of the start of the database, nobody knows who else may hold one: a revocation waits for that as well.
    const { id } = await aToken(business);
    expect((await business.api.post(`/api/v1/tokens/${id}/revoke`)).status).toBe(201);
  });
  afterAll(async () => {
    await closeClientVerifiers();
    for (const each of processes) await each.stop();
    await database.drop();
  });

  const name = `nightly export ${randomUUID().slice(0, 8)}`;
  let secret: string;

  const statusesOf = (): Promise<number[]> =>
    Promise.all(
      processes.map(async ({ url }) => {
        const headers: [string, string][] = [
          ['authorization', `Bearer ${secret}`],
          ['x-business-id', business.id],
        ];
        return (await exchange(url, { method: 'GET', path: '/api/v1/tokens', headers })).status;
      }),
    );

  /** Signs in, and issues a token by picking what it may do and for how long. */
  async function issue(): Promise<void> {
    const { page } = console;
    await console.signIn(developer.secret, `/b/${business.id}/tokens`);
    await page.getByRole('link', { name: 'Issue a token' }).click();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await pick(page, /Expires/, 'after 30 days');
    await tick(page, 'orders:read');
    await tick(page, /^Read tokens and their usage/);
    await page.getByText('2 scopes chosen.').waitFor();
    // Only what a developer may do, and has.
    expect(await page.getByRole('checkbox', { name: /audit log|members|Everything/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'Issue the token' }).click();
    await console.heading('The token is issued').waitFor();
  }

  /** Takes the secret away, which is shown once; whoever leaves before is asked. */
  async function keep(): Promise<void> {
    const { page, context } = console;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    secret = await page.evaluate<string>('navigator.clipboard.readText()');
    noteSecret(secret);
    expect(await page.getByRole('textbox', { name: 'The secret of the token' }).inputValue()).toBe(secret);

    const asked: string[] = [];
    const stay = (): Promise<string> =>
      new Promise((resolve) =>
        page.once('dialog', (dialog) => {
          asked.push(dialog.message());
          void dialog.dismiss().then(() => resolve(dialog.type()));
        }),
      );
    const [within] = await Promise.all([stay(), page.getByRole('link', { name: 'Overview' }).click()]);
    const [away] = await Promise.all([stay(), page.evaluate('void setTimeout(() => location.reload())')]);
    expect([within, away]).toEqual(['confirm', 'beforeunload']);
    expect(asked[0]).toContain('was not marked as kept');
    await console.heading('The token is issued').waitFor();

    await tick(page, 'I have kept it');
    await page.getByRole('link', { name: 'Open the token' }).click();
    await console.heading(name).waitFor();
    expect(await page.content()).not.toContain(secret);
  }

  async function find(): Promise<void> {
    const { page } = console;
    await page.getByRole('link', { name: 'Tokens' }).first().click();
    await page.getByLabel(/^Search tokens/).fill(name.slice(0, -3));
    await page.getByText('1 token', { exact: true }).waitFor();
    await page.getByRole('link', { name }).click();
    await console.heading(name).waitFor();
    await page.getByText('in 30 days').waitFor();
  }

  it('issues a token, uses it, finds it, and revokes it, seeing each verifier refuse it', async () => {
    console = await open(processes[0]?.url ?? '');
    const { page } = console;
    await issue();
    await keep();
    expect(await statusesOf()).toEqual([200, 200]);
    for (const client of clients) await remember(client, { secret });
    await find();

    // The other process cannot confirm as long as its row is held.
    const holder = new pg.Client({ connectionString: database.superuserUrl });
    await holder.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM verifiers WHERE id = $1 FOR UPDATE', [verifiers[1]]);
      await page.getByRole('button', { name: 'Revoke' }).click();
      const dialog = page.getByRole('alertdialog');
      await dialog.getByText('There is no undo').waitFor();
      await dialog.getByLabel('Reason (optional)').fill('the export is done elsewhere');
      await dialog.getByRole('button', { name: 'Revoke the token' }).click();
      await dialog.getByText('1 of 2 verifiers confirmed it').waitFor();
      const shown = async (): Promise<string[]> =>
        (await dialog.getByRole('list', { name: 'Verifiers' }).getByRole('listitem').allInnerTexts()).map(
          (text) => text.replace(/\s+/g, ' ').trim(),
        );
      expect((await shown()).sort()).toEqual(
        [`${verifiers[0]?.slice(-8)} refuses it`, `${verifiers[1]?.slice(-8)} may still accept it`].sort(),
      );
      expect((await statusesOf())[0]).toBe(401);
      expect(await dialog.getByText('Refused everywhere:').count()).toBe(0);
      await holder.query('COMMIT');
      await dialog.getByText('2 of 2 verifiers confirmed it').waitFor();
      await dialog.getByText(`Refused everywhere: ${name}`).waitFor();
      await dialog.getByText('With 2 client verifiers of theirs.').waitFor();
    } finally {
      await holder.end();
    }
    expect(await statusesOf()).toEqual([401, 401]);
    for (const client of clients) expect(outcomeOf(await client.verify(secret))).toBe('revoked');
    await receipt();
  });

  /** Downloads the signed receipt, here and later, which the command verifies offline. */
  async function receipt(): Promise<void> {
    const { page } = console;
    const dialog = page.getByRole('alertdialog');
    const button = { name: 'Signed receipt' };
    const saved = await savedBy(page, () => dialog.getByRole('button', button).click());
    expect(saved.name).toMatch(/^revocation-.+\.jwt$/);
    const { vkey } = (await business.api.get<{ vkey: string }>('/api/v1/audit/key')).body;
    const verify = ['audit', 'verify', '--receipt', saved.path, '--public-key', vkey];
    const { code, stdout } = await rescind(verify).ended;
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('VERIFIED') as string,
    });
    const claims = JSON.parse(Buffer.from(saved.text.split('.')[1] ?? '', 'base64url').toString()) as object;
    expect(claims).toMatchObject({
      revocation_reason: 'the export is done elsewhere',
      barrier: { verifiers_registered: 2, verifiers_acknowledged: 2, client_verifiers: 2 },
    });

    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('Revoked: it never comes back').waitFor();
    await page.getByText('the export is done elsewhere').waitFor();
    const again = await savedBy(page, () => page.getByRole('button', button).click());
    expect(again.name).toBe(saved.name);
    expect(await page.getByRole('button', { name: /^(Edit|Rotate|Revoke)/ }).count()).toBe(0);
  }
});
