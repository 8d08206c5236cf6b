// npm run check -w packages/verifier: packs the package as it would be published, has publint and arethetypeswrong judge
// it, and loads every entry point of it by `import` and by `require`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const TARBALL_BYTES_MAX = 100_000;

const here = import.meta.dirname;
const root = join(here, '..', '..', '..');
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });

if (!existsSync(join(here, 'node_modules', '.bin', 'attw'))) run('npm', ['ci', '--prefer-offline'], here);
// Inside the repository, so that what the package needs is found there.
mkdirSync(join(root, '.tmp'), { recursive: true });
const scratch = mkdtempSync(join(root, '.tmp', 'published-form-'));
try {
  run('npm', ['run', '-s', 'build'], join(here, '..'));
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', scratch], join(here, '..'));
  const { version, exports } = JSON.parse(readFileSync(join(here, '..', 'package.json'), 'utf8'));
  const tarball = join(scratch, `rescind-verifier-${version}.tgz`);
  const { size } = statSync(tarball);
  if (size > TARBALL_BYTES_MAX)
    throw new Error(`The tarball has ${size} bytes, more than ${TARBALL_BYTES_MAX}.`);

  const installed = join(scratch, 'node_modules', '@rescind', 'verifier');
  mkdirSync(installed, { recursive: true });
  run('tar', ['xf', tarball, '--strip-components=1', '-C', installed], scratch);
  run(join(here, 'node_modules', '.bin', 'publint'), ['--strict', installed], here);
  run(join(here, 'node_modules', '.bin', 'attw'), ['--profile', 'node16', tarball], here);

  const entries = Object.keys(exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => entry.replace('.', '@rescind/verifier'));
  for (const entry of entries) {
    for (const load of [`import('${entry}')`, `Promise.resolve(require('${entry}'))`])
      run(
        process.execPath,
        ['-e', `${load}.then((it) => { if (Object.keys(it).length === 0) throw new Error('empty'); })`],
        scratch,
      );
  }
  console.log(`${entries.length} entry points, for import and require; ${size} bytes packed.`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
