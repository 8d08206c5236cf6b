import { freshDatabase, ownerUrlOf, serviceUrlOf, sql, type TestDatabase } from '../support/databases.js';
import {
  aBusiness,
  aMember,
  aToken,
  platform,
  type TestBusiness,
  type TestToken,
} from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { platformSecret } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { rescind, rescindAtTerminal, type Outcome } from './rescind-command.js'; // prettier-ignore

const REASON = ['--reason', 'all of it leaked'];

describe('an incident of the whole platform, from the command line,', () => {
  let database: TestDatabase;
  let server: RescindProcess;
  let business: TestBusiness;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await freshDatabase();
    server = await startRescind({ databaseUrl: database.url });
    business = await aBusiness({ url: server.url });
    env = { RESCIND_API_URL: server.url, RESCIND_API_TOKEN: platformSecret() };
  });
  afterAll(async () => {
    await server?.stop();
    await database?.drop();
  });

  const run = (...args: string[]): Promise<Outcome> => rescind(args, env).ended;
  const directly = (...args: string[]): Promise<Outcome> =>
    rescind(
      [...args, '--direct'],
      { DATABASE_URL: serviceUrlOf(database.url), RESCIND_MIGRATE_URL: ownerUrlOf(database.url) },
      true,
    ).ended;
  const isActive = async ({ secret }: TestToken, of = business): Promise<boolean> =>
    (await of.api.post<{ active: boolean }>('/api/v1/tokens/verify', { token: secret })).body.active;
  const pepper = async (): Promise<string> =>
    (await sql<{ id: string }>(database.superuserUrl, 'SELECT pepper_id AS id FROM tokens LIMIT 1'))[0]?.id ??
    '';

  it('a terminal is shown what is meant, asked, and asked again when that is another set by then', async () => {
    const member = await aMember(business);
    const [first, foreign] = [await aToken(business, { member, scopes: ['orders:read'] }), await aToken(business)];
    const args = ['revoke', '--owner', member.email, '--business', business.id, ...REASON];
    const refused = rescindAtTerminal(args, env);
    await waitFor('the question', () => refused.shown().includes('Type yes:'));
    refused.type('no');
    expect((await refused.ended).code).toBe(2);
    expect(await isActive(first)).toBe(true);

    const terminal = rescindAtTerminal(args, env);
    await waitFor('the question', () => terminal.shown().includes('Revoke? Type yes:'));
    expect(terminal.shown()).toContain(`all of ${member.email}: 1 token that is not revoked, of 1 owner.`);
    expect(terminal.shown()).toMatch(/By scope:\s+1 {2}orders:read/);
    const second = await aToken(business, { member });
    terminal.type('yes');
    await waitFor('the second question', () => terminal.shown().includes('Revoke all that are meant by then? Type yes:'));
    expect(terminal.shown()).toContain('Nothing was revoked: other tokens are meant now than were shown, 2 in the place of 1.');
    for (const token of [first, second]) expect(await isActive(token)).toBe(true);
    terminal.type('yes');
    const { code, stdout } = await terminal.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/is revoked, and refused everywhere: \d+ verifiers confirmed it/) });
    for (const token of [first, second]) expect(await isActive(token)).toBe(false);
    expect(await isActive(foreign)).toBe(true);
    const { body } = await business.api.get('/api/v1/audit/events?action=revocation.previewed');
    expect(body.items).toHaveLength(2);
  }); // prettier-ignore

  it('a preview of a pepper or of everything says so of every business, and revokes nothing', async () => {
    const other = await aBusiness({ url: server.url });
    const [mine, theirs] = [await aToken(business), await aToken(other, { scopes: ['orders:read'] })];
    const id = await pepper();
    for (const [target, selector] of [
      [['--pepper', id], { pepper: id }],
      [['--platform'], { platform: true }],
    ] as const)
      for (const way of [run, directly]) {
        const { code, stdout } = await way('revoke', ...target, '--preview', '--json');
        const preview = JSON.parse(stdout) as { by_business: unknown[] };
        expect({ code, preview }).toMatchObject({ code: 0, preview: { selector, ends_caller: way === run } });
        expect(preview.by_business).toEqual(expect.arrayContaining([{ id: other.id, tokens: 1 }]));
      }
    const { stdout } = await run('revoke', '--platform', '--preview');
    expect(stdout).toMatch(/^everything of every business and of the platform: \d+ tokens that are not revoked, of \d+ owners\.\n/);
    expect(stdout).toContain(`By business:\n`);
    expect(stdout).toContain('The token that this calls with is among them.');
    expect(await run('revoke', '--platform', ...REASON)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('nobody can be asked here') });
    expect(await run('revoke', '--platform', '--yes')).toMatchObject({ code: 2, stderr: expect.stringContaining('--reason must say why') });
    expect(await run('revoke', '--pepper', 'none', ...REASON, '--yes')).toMatchObject({ code: 1, stderr: expect.stringContaining('Input should be the id of a pepper') });
    expect(await isActive(mine)).toBe(true);
    expect(await isActive(theirs, other)).toBe(true);
  }); // prettier-ignore

  it('is not ended by whoever has no token of the platform', async () => {
    const owner = await aToken(business, { role: 'owner' });
    const outcome = await rescind(['revoke', '--platform', ...REASON, '--yes'], { ...env, RESCIND_API_TOKEN: owner.secret }).ended;
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/The server answered 40[13]/) });
    expect(await isActive(owner)).toBe(true);
  }); // prettier-ignore

  it('--pepper ends what is stored under it, or was by a moment, and --platform what is left, without a server’s word', async () => {
    const old = await aToken(business);
    await waitFor('a later millisecond', async () => {
      const [row] = await sql<{ later: boolean }>(database.superuserUrl, `SELECT clock_timestamp() > max(created_at) + interval '5 ms' AS later FROM tokens`);
      return row?.later === true;
    });
    const [{ at }] = (await sql<{ at: Date }>(database.superuserUrl, 'SELECT max(created_at) AS at FROM tokens')) as [{ at: Date }];
    const issued = await (await platform(server.url)).post('/api/v1/admin/tokens', { name: 'afterwards' });
    const fresh = await aToken(business);
    const id = await pepper();
    const ofPepper = await run('revoke', '--pepper', id, '--issued-before', at.toISOString(), ...REASON, '--yes', '--json');
    expect(JSON.parse(ofPepper.stdout)).toMatchObject({ kind: 'cut_off', selector: { pepper: id }, issued_before: at.toISOString() });
    const after = { ...business, api: business.api.as(issued.body.token as string) };
    expect(await isActive(old, after)).toBe(false);
    expect(await isActive(fresh, after)).toBe(true);

    const everything = await directly('revoke', '--platform', ...REASON, '--yes', '--json', '--by', 'grace@example.com');
    expect({ code: everything.code, answer: JSON.parse(everything.stdout) }).toMatchObject({
      code: 0,
      answer: { state: 'done', selector: { platform: true }, revoked_by: 'grace@example.com', break_glass: true },
    });
    expect((await after.api.get('/api/v1/tokens')).status).toBe(401);
    expect((await fresh.api.get('/api/v1/tokens')).status).toBe(401);
  }); // prettier-ignore
});
