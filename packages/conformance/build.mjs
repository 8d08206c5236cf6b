// Compiles the program, and puts the vectors beside it, into a folder of its own that takes the place of dist when it is whole.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
const VECTORS = join(here, '..', '..', 'test', 'contracts', 'verifier-vectors.json');
const compiler = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin',
  'tsc',
);
const draft = join(here, `dist-${process.pid}`);
const outdated = join(here, `dist-${process.pid}-outdated`);

try {
  const { status } = spawnSync(
    process.execPath,
    [compiler, '-p', join(here, 'tsconfig.json'), '--outDir', draft],
    { stdio: ['ignore', 2, 2] },
  );
  if (status !== 0) throw new Error('The program could not be built: mend what the compiler reports above.');
  copyFileSync(VECTORS, join(draft, 'verifier-vectors.json'));
  const dist = join(here, 'dist');
  if (existsSync(dist)) renameSync(dist, outdated);
  renameSync(draft, dist);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const path of [draft, outdated]) rmSync(path, { recursive: true, force: true });
}
