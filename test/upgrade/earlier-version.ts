import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { runDirectory } from '../support/test-run.js';

const ROOT = join(import.meta.dirname, '..', '..');
const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');

/** The commit that CHANGELOG names as the last release. */
export const RELEASED = /^## \d+\.\d+\.\d+ \(`([0-9a-f]{7,40})`\)$/m.exec(changelog)?.[1] as string;

/**
 * Builds the program of a commit of the history: the released one with the packages of this version, which it shares, any other
 * with its own, from the registry. @returns its folder
 */
export function builtAt(commit: string): string {
  const folder = join(runDirectory(), `version-${commit}`);
  if (existsSync(join(folder, 'dist', 'main.js'))) return folder;
  mkdirSync(folder, { recursive: true });
  const sources = ['src', 'package.json', 'package-lock.json', 'nest-cli.json', 'tsconfig.json'];
  const files = execFileSync('git', ['archive', commit, ...sources], { cwd: ROOT, maxBuffer: 2 ** 28 });
  execFileSync('tar', ['x', '-C', folder], { input: files });
  if (commit === RELEASED) symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  else execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder });
  const nest = join(folder, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  execFileSync(process.execPath, [nest, 'build'], { cwd: folder });
  return folder;
}
