// Compiles the sources twice, for `import` and for `require`, into a folder of its own that takes the place of dist when
// it is whole. Jest in its usual mode, and so most Nest projects' tests, can only `require`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
const compiler = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin',
  'tsc',
);
const draft = join(here, `dist-${process.pid}`);
const outdated = join(here, `dist-${process.pid}-outdated`);

const FORMS = {
  esm: { type: 'module', options: [] },
  commonjs: {
    type: 'commonjs',
    options: ['--module', 'commonjs', '--moduleResolution', 'bundler', '--verbatimModuleSyntax', 'false'],
  },
};

try {
  for (const [form, { type, options }] of Object.entries(FORMS)) {
    const folder = join(draft, form);
    const { status } = spawnSync(
      process.execPath,
      [compiler, '-p', join(here, 'tsconfig.json'), '--outDir', folder, ...options],
      { stdio: ['ignore', 2, 2] },
    );
    if (status !== 0)
      throw new Error('The package could not be built: mend what the compiler reports above.');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ type })}\n`);
  }
  const dist = join(here, 'dist');
  if (existsSync(dist)) renameSync(dist, outdated);
  renameSync(draft, dist);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const path of [draft, outdated]) rmSync(path, { recursive: true, force: true });
}
