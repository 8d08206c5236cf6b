import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ownerUrlOf, serviceUrlOf } from '../support/databases.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  type TestBusiness,
  type TestToken,
} from '../support/factories.js';
import { exportOf, verify } from '../support/audit-export.js';
import { sharedApp, type SharedApp } from '../support/shared-app.js';
import { platformSecret } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { rescind, type Outcome } from './rescind-command.js'; // prettier-ignore

const REASON = ['--reason', 'laptop stolen'];

describe('an incident, from the command line,', () => {
  let app: SharedApp;
  let business: TestBusiness;
  let env: Record<string, string>;
  const folder = mkdtempSync(join(tmpdir(), 'rescind-incident-'));
  beforeAll(async () => {
    app = await sharedApp();
    business = await aBusiness();
    env = { RESCIND_API_URL: app.url, RESCIND_API_TOKEN: platformSecret() };
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]): Promise<Outcome> =>
    rescind([...args, '--business', business.id], env).ended;
  const directly = (...args: string[]): Promise<Outcome> =>
    rescind(
      [...args, '--direct'],
      { DATABASE_URL: serviceUrlOf(app.databaseUrl), RESCIND_MIGRATE_URL: ownerUrlOf(app.databaseUrl) },
      true,
    ).ended;
  const isActive = async ({ secret }: TestToken): Promise<boolean> =>
    (await business.api.post<{ active: boolean }>('/api/v1/tokens/verify', { token: secret })).body.active;
  const idsIn = (stdout: string): string[] =>
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { id: string }).id)
      .sort();

  it('tokens list shows what the selector means, of as many as are asked for', async () => {
    const member = await aMember(business);
    const tokens = [await aToken(business, { member, name: 'one' }), await aToken(business, { member, name: 'two' })];
    const all = await run('tokens', 'list', '--owner', member.email, '--json');
    expect({ code: all.code, stderr: all.stderr }).toEqual({ code: 0, stderr: '2 tokens.\n' });
    expect(idsIn(all.stdout)).toEqual(tokens.map(({ id }) => id).sort());
    const one = await run('tokens', 'list', '--owner', member.email, '--max', '1');
    expect(one.stderr).toMatch(/^1 tokens, and there are more/);
    expect(one.stdout).toMatch(/^[-0-9a-f]{36}\tdz_\S+\tactive\t\S+@example.com\ttwo\tused never\texpires \S+\n$/);
    const direct = await directly('tokens', 'list', '--business', business.id, '--name', 'ON', '--owner', member.email, '--json');
    expect(idsIn(direct.stdout)).toEqual([tokens[0]!.id]);
  }); // prettier-ignore

  it('tokens find says which tokens are in a paste of any length, and where, and shows no secret', async () => {
    const token = await aToken(business);
    const paste = `${'nothing\n'.repeat(2500)}key=${token.secret}\n`;
    const file = join(folder, 'paste.txt');
    writeFileSync(file, paste);
    const found = await run('tokens', 'find', '--in', file);
    expect(found.stdout).toMatch(new RegExp(`^${token.id}\t.*\tsecret\tlines 2501\n$`));
    expect(found.stdout + found.stderr).not.toContain(token.secret);
    const piped = rescind(['tokens', 'find', '--in', '-', '--direct', '--json'], { DATABASE_URL: serviceUrlOf(app.databaseUrl), RESCIND_MIGRATE_URL: ownerUrlOf(app.databaseUrl) }, true, paste);
    expect(JSON.parse((await piped.ended).stdout)).toMatchObject({ matched: 'secret', lines: [2501], token: { id: token.id } });
  }); // prettier-ignore

  it('revoke --preview counts and revokes nothing, and neither does a call that nobody confirms', async () => {
    const member = await aMember(business);
    const token = await aToken(business, { member });
    const preview = await run('revoke', '--owner', member.email, '--preview');
    expect(preview).toMatchObject({ code: 0, stderr: '' });
    expect(preview.stdout).toContain(`all of ${member.email}: 1 token that is not revoked, of 1 owner.`);
    expect(preview.stdout).toContain(`By owner:\n  1  ${member.email}\n`);
    const asked = await run('revoke', '--owner', member.email, '--preview', '--json');
    expect(JSON.parse(asked.stdout)).toMatchObject({ preview: true, tokens: 1, by_last_use: { never: 1 }, selector: { owner: member.email } });
    const unconfirmed = await run('revoke', '--owner', member.email, ...REASON);
    expect(unconfirmed).toMatchObject({ code: 2, stdout: '' });
    expect(unconfirmed.stderr).toMatch(/nothing was revoked: nobody can be asked here/);
    expect(await isActive(token)).toBe(true);
  }); // prettier-ignore

  it('revoke --yes ends all of an owner, or of an identity, or one token, at once', async () => {
    const member = await aMember(business);
    const { id: identityId } = await anIdentity(business);
    const [owned, single, machine] = [
      await aToken(business, { member }),
      await aToken(business),
      await aToken(business, { identityId }),
    ];
    const ofOwner = await run('revoke', '--owner', member.email, ...REASON, '--yes', '--json');
    expect(JSON.parse(ofOwner.stdout)).toMatchObject({ kind: 'cut_off', selector: { owner: member.email } });
    expect(await isActive(owned)).toBe(false);
    const ofOne = await run('revoke', '--token', single.id, ...REASON, '--yes');
    expect(ofOne.stdout).toMatch(/is revoked since \S+, and refused everywhere: \d+ verifiers confirmed it/);
    expect(await isActive(single)).toBe(false);
    expect(await isActive(machine)).toBe(true);
    expect((await run('revoke', '--identity', identityId, ...REASON, '--yes')).code).toBe(0);
    expect(await isActive(machine)).toBe(false);
  });

  it('revoke --direct is refused at once by a server that remembered the token, and the log proves it', async () => {
    const member = await aMember(business);
    const [owned, single] = [await aToken(business, { member }), await aToken(business)];
    for (const token of [owned, single]) expect(await isActive(token)).toBe(true);
    const by = ['--by', 'grace@example.com', '--business', business.id, ...REASON, '--yes', '--json'];
    const cutOff = await directly('revoke', '--owner', member.email, ...by);
    expect(await isActive(owned)).toBe(false);
    const answer = JSON.parse(cutOff.stdout) as { id: string; receipt: { verifiers_registered: number } };
    expect(answer).toMatchObject({ state: 'done', revoked_by: 'grace@example.com', tokens_revoked: 1 });
    // The command itself; and the server, unless it had no lease at that moment.
    expect(answer.receipt.verifiers_registered).toBeGreaterThanOrEqual(1);
    const one = await directly('revoke', '--token', single.id, ...by);
    expect(JSON.parse(one.stdout)).toMatchObject({ id: single.id, revoked_by: 'grace@example.com' });
    expect(await isActive(single)).toBe(false);

    const { body } = await business.api.get<{ items: { actor: { kind: string }; reason: string }[] }>(
      '/api/v1/audit/events?action=token.cut_off&limit=1',
    );
    expect(body.items[0]).toMatchObject({
      actor: { kind: 'system', token_id: null },
      reason: 'laptop stolen',
      target: { id: answer.id },
      details: { revoked_by: 'grace@example.com', claimed_user: 'grace@example.com' },
    });
    const lines = await waitFor('the log to be sealed', async () => {
      const exported = await exportOf(business);
      return exported.some((line) => line.includes(single.id) && line.includes('token.revoked')) && exported;
    });
    const { vkey } = JSON.parse(lines[0]!) as { vkey: string };
    expect(await verify(lines, vkey)).toMatchObject({ code: 0, failures: [] });
  });

  it('takes the credential from a file and from standard input', async () => {
    const file = join(folder, 'credential');
    writeFileSync(file, `${platformSecret()}\n`);
    const args = ['tokens', 'list', '--max', '1', '--business', business.id, '--url', app.url];
    expect((await rescind([...args, '--credential', `@${file}`]).ended).code).toBe(0);
    expect((await rescind([...args, '--credential', '-'], {}, false, platformSecret()).ended).code).toBe(0);
  });

  it.each<[string, string[], Record<string, string>, number, RegExp]>([
    ['a secret on the command line', ['--credential', 'dz_secret'], {}, 2, /takes @file, or - for standard input, and never a secret/],
    ['no credential', [], { RESCIND_API_TOKEN: '' }, 2, /There is no token to call with/],
    ['one that nobody has', [], { RESCIND_API_TOKEN: 'dz_guess' }, 1, /The server answered 401/],
    ['an address that is none', ['--url', 'ftp://example.com'], {}, 2, /--url must be an http or https address/],
    ['a server that is down', ['--url', 'http://127.0.0.1:2'], {}, 1, /does not answer \(\S+\)\. With no server up, --direct works/],
    ['a business that is no id', ['--business', 'acme'], {}, 2, /--business takes the id/],
    ['a business that there is not', ['--business', '00000000-0000-7000-8000-000000000000'], {}, 1, /The server answered 403/],
    ['--by without --direct', ['--by', 'grace'], {}, 2, /--by goes with --direct/],
    ['--direct with an address', ['--direct', '--url', 'http://127.0.0.1:3000'], {}, 2, /takes neither --url nor/],
    ['two targets', ['--all'], {}, 2, /say what to revoke: one of/],
    ['another two targets', ['--platform'], {}, 2, /say what to revoke: one of/],
    ['a whole platform in a business', ['--platform', '--no-owner'], {}, 2, /they take no --business\.\n$/],
    ['a pepper in a business', ['--pepper', 'p1', '--no-owner'], {}, 2, /they take no --business\.\n$/],
    ['no reason', ['--reason', ' '], {}, 2, /--reason must say why/],
    ['a moment that is none', ['--issued-before', 'yesterday'], {}, 2, /--issued-before takes a time/],
    ['an owner who is none', ['--owner', 'nobody@example.com'], {}, 1, /The server answered 404/],
  ])('revoke refuses %s', async (_, args, change, code, sentence) => {
    const target = args.includes('--owner') || args.includes('--no-owner') ? [] : ['--owner', 'ada@example.com'];
    const usual = ['revoke', ...target, ...REASON, '--yes', '--business', business.id];
    const outcome = await rescind([...usual, ...args.filter((each) => each !== '--no-owner')], { ...env, ...change }).ended;
    expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code, stdout: '' });
    expect(outcome.stderr).toMatch(sentence);
    expect(outcome.stderr).not.toContain('dz_secret');
  }); // prettier-ignore
});
