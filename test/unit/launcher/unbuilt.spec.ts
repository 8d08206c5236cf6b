import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..', '..');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rescind-unbuilt-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(...names: string[]): void {
  for (const name of names)
    cpSync(join(ROOT, name), join(folder, name), {
      recursive: true,
      filter: (path) => basename(path) !== 'node_modules',
    });
}

function version(env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'bin', 'rescind.mjs'), '--version'],
    { encoding: 'utf8', env: { ...process.env, ...env } },
  );
  return { status, stdout, stderr };
}

it('a package without its build says in one sentence how to pack it', () => {
  put('bin', 'package.json');
  expect(version()).toEqual({
    status: 1,
    stdout: '',
    stderr:
      'This package of Rescind was packed without its build: pack it again with `npm pack --ignore-scripts=false`.\n',
  });
});

it('a checkout without a compiler, where none can be fetched, says in one sentence what to do, and leaves nothing', () => {
  put('bin', 'src', 'pages', 'packages/console', 'packages/witness');
  put('package.json', 'package-lock.json', '.npmrc', 'nest-cli.json', 'tsconfig.json');
  const unreachable = {
    npm_config_registry: 'http://127.0.0.1:1',
    npm_config_cache: join(folder, 'cache'),
    npm_config_fetch_retries: '0',
  };
  const { status, stdout, stderr } = version(unreachable);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr.trim().split('\n').at(-1)).toBe(
    'Rescind has to be built, and npm could not fetch what builds it (ECONNREFUSED): run `npm ci` without --omit=dev, or let npm reach its registry, and start again.',
  );
  expect(readdirSync(join(folder, '.tmp'))).toEqual([]);
});
