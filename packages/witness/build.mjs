// Builds the witness: one file that needs Node.js and nothing else, so that it can be copied to another site.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = import.meta.dirname;
const ROOT = join(here, '..', '..');

/** @param {string} folder where the program is put */
export async function buildWitness(folder) {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  await build({
    entryPoints: [join(here, 'src', 'main.ts')],
    outfile: join(folder, 'rescind-witness.cjs'),
    bundle: true,
    platform: 'node',
    // As CommonJS: what its command line is made of asks for Node.js by `require`.
    format: 'cjs',
    target: 'node20',
    banner: { js: '#!/usr/bin/env node' },
    define: { RESCIND_VERSION: JSON.stringify(version) },
    legalComments: 'eof',
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildWitness(process.argv[2] ?? join(ROOT, 'dist', 'witness'));
