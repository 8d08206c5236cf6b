import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mintSecret } from '../../src/secrets/mint.js';

const ROOT = join(import.meta.dirname, '..', '..');

/** What `rescind scanner-rules` prints. */
function rules(...args: string[]): string {
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(ROOT, 'dist', 'main.js'), 'scanner-rules', ...args],
    {
      encoding: 'utf8',
    },
  );
  expect(status).toBe(0);
  return stdout.trim();
}

/** `git secrets` knows extended regular expressions of POSIX, which have no groups that do not capture. */
const posix = (expression: string): string => expression.replaceAll('(?:', '(');

describe('git-secrets, with the expression that rescind scanner-rules prints', () => {
  let repository: string;
  beforeAll(() => {
    repository = mkdtempSync(join(tmpdir(), 'rescind-scanned-'));
    git('init', '-q');
  });
  afterAll(() => rmSync(repository, { recursive: true, force: true }));

  const git = (...args: string[]) =>
    spawnSync('git', args, {
      cwd: repository,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: repository },
    });
  const scanned = (text: string) => {
    writeFileSync(join(repository, 'settings.txt'), text);
    return git('secrets', '--scan', '--no-index', 'settings.txt');
  };

  it('finds a secret in a file, and nothing in one without', () => {
    expect(git('secrets', '--add', posix(rules('github', '--prefix', 'acme'))).status).toBe(0);
    const found = scanned(`one\nTOKEN="${mintSecret('acme').secret}"\nthree\n`);
    expect(found.status).toBe(1);
    expect(found.stderr + found.stdout).toContain('settings.txt:2:');
    const preview = `${mintSecret('acme').preview} acme_nothing_here\n`;
    expect(scanned(preview)).toMatchObject({ status: 0 });
  });
});
