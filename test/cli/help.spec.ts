import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { rescind } from './rescind-command.js';

it.each([
  [['--help'], ['serve', 'migrate', 'bootstrap', 'tokens', 'revoke', 'audit']],
  [['serve', '--help'], ['Serve the API']],
  [['migrate', '--help'], ['schema up to date']],
  [['bootstrap', '--help'], ['--name']],
  [['recovery-code', '--help'], ['--business']],
  [['check-database', '--help'], ['--json']],
  [
    ['tokens', 'list', '--help'],
    ['--business', '--unused-days', '--direct', 'Exit codes'],
  ],
  [
    ['tokens', 'find', '--help'],
    ['--in', '--fragment', '--credential', 'Exit codes'],
  ],
  [
    ['revoke', '--help'],
    ['--owner', '--platform', '--pepper', '--reason', '--preview', '--yes', '--direct', 'Exit codes'],
  ],
  [
    ['audit', '--help'],
    ['verify', 'faults', 'reconcile', 'adopt'],
  ],
  [['audit', 'faults', '--help'], ['--clear']],
  [
    ['audit', 'verify', '--help'],
    ['--export', '--public-key', 'Exit codes'],
  ],
])('rescind %j explains itself on standard output', async (args, words) => {
  const { code, stdout, stderr } = await rescind(args).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const word of words) expect(stdout).toContain(word);
});

it('--version is the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  expect(await rescind(['--version']).ended).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

it('a command that does not exist is refused with exit code 1', async () => {
  const { code, stderr } = await rescind(['fly']).ended;
  expect(code).toBe(1);
  expect(stderr).toContain("unknown command 'fly'");
});
