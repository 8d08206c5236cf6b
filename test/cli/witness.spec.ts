import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { rescind } from './rescind-command.js';

const ROOT = join(import.meta.dirname, '..', '..');
const witness = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'bin', 'rescind-witness.mjs'), ...args],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr };
};

it('rescind-witness explains itself, and has the version of the package', () => {
  const help = witness('--help');
  expect(help).toMatchObject({ status: 0, stderr: '' });
  for (const word of ['--key', '--logs', '--state', '--listen', '--make-key'])
    expect(help.stdout).toContain(word);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(witness('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

it('what an operator can mend is said in one sentence', () => {
  expect(witness('--key', '/nowhere/key', '--logs', '/nowhere/logs', '--state', '/nowhere/state')).toEqual({
    status: 1,
    stdout: '',
    stderr:
      'rescind-witness: The key /nowhere/key cannot be read (ENOENT): make one with --make-key <name>.\n',
  });
});

it('is one file, which needs no package', () => {
  const program = readFileSync(join(ROOT, 'dist', 'witness', 'rescind-witness.cjs'), 'utf8');
  const asked = [...program.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = '']) => name);
  expect(asked.length).toBeGreaterThan(3);
  expect(asked.filter((name) => !name.startsWith('node:'))).toEqual([]);
});

it('`rescind witness`, as it was called before, says what it is called now', async () => {
  const args = ['witness', '--key', 'key', '--logs', 'logs', '--state', 'state'];
  const { code, stdout, stderr } = await rescind(args).ended;
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^rescind: the witness is a program of its own: npx rescind-witness, .*\.\n$/);
});
