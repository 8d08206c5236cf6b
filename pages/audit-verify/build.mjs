// Builds the page: one HTML file, one style sheet, one script, which together work from any file server.
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = import.meta.dirname;
const PLATFORM = join(here, 'src', 'platform.ts');

/** Where src/log-format asks Node.js, the page asks the browser. */
const platformOfBrowser = {
  name: 'platform of the browser',
  setup({ onResolve }) {
    onResolve({ filter: /\/platform\.js$/ }, ({ importer }) =>
      importer.includes(join('src', 'log-format')) ? { path: PLATFORM } : undefined,
    );
  },
};

/**
 * Makes one script of a source and of all that it needs.
 * @param {string} source in src
 * @param {string} outfile
 * @param {'iife' | 'esm'} format
 */
export function bundle(source, outfile, format) {
  return build({
    entryPoints: [join(here, 'src', source)],
    outfile,
    format,
    bundle: true,
    minify: true,
    legalComments: 'eof',
    target: 'es2023',
    platform: 'browser',
    inject: [join(here, 'src', 'buffer.ts')],
    plugins: [platformOfBrowser],
    logLevel: 'warning',
  });
}

/** @param {string} folder where the page is put */
export async function buildAuditVerifyPage(folder) {
  await mkdir(folder, { recursive: true });
  await bundle('main.ts', join(folder, 'verify.js'), 'iife');
  for (const name of ['verify.html', 'verify.css']) await copyFile(join(here, name), join(folder, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildAuditVerifyPage(process.argv[2] ?? join(here, '..', '..', 'dist', 'pages', 'audit-verify'));
