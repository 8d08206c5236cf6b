// Builds the console into one folder, and beside each file of text what a browser is sent: the same, compressed.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';

const here = import.meta.dirname;
const COMPRESSED = /\.(?:js|css|svg)$/;

/** @param {string} folder where the console is put; emptied first */
export async function buildConsole(folder) {
  // Whatever builds it, tests as well: React is half as large for production.
  const { NODE_ENV: before } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    await build({
      configFile: join(here, 'vite.config.mjs'),
      logLevel: 'warn',
      build: { outDir: resolve(folder) },
    });
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
  const assets = join(folder, 'assets');
  const names = (await readdir(assets)).filter((name) => COMPRESSED.test(name));
  await Promise.all(names.map((name) => compress(join(assets, name))));
}

/** @param {string} file */
async function compress(file) {
  const content = await readFile(file);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(content, quality),
    promisify(gzip)(content, { level: 9 }),
  ]);
  await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildConsole(process.argv[2] ?? join(here, '..', '..', 'dist', 'pages', 'console'));
