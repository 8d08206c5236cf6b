// Makes src/api/generated from docs/openapi/native.json. With --check nothing is written: the committed client must be
// the one that the document gives, so that a change of the API is a change of the console's types.
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';

const here = import.meta.dirname;
const ROOT = join(here, '..', '..');
const COMMITTED = join(here, 'src', 'api', 'generated');

/** @param {string} folder */
function generate(folder) {
  return createClient({
    input: join(ROOT, 'docs', 'openapi', 'native.json'),
    // Named, so that it does not depend on the folder that is written to.
    output: { path: folder, entryFile: false, tsConfigPath: join(here, 'tsconfig.json') },
    plugins: [
      { name: '@hey-api/client-fetch', baseUrl: '', throwOnError: true },
      // The cookie is sent by the browser, and the business by the client.
      { name: '@hey-api/sdk', responseStyle: 'data', auth: false },
      '@hey-api/typescript',
    ],
    logs: { level: 'silent' },
  });
}

/**
 * Every file of a folder, by its path within it.
 * @param {string} folder
 */
async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const contents = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return new Map(paths.map((path, index) => [path.slice(folder.length), contents[index]]));
}

if (!process.argv.includes('--check')) {
  await generate(COMMITTED);
} else {
  await mkdir(join(ROOT, '.tmp'), { recursive: true });
  const draft = await mkdtemp(join(ROOT, '.tmp', 'console-client-'));
  try {
    await generate(draft);
    const [committed, made] = [await filesOf(COMMITTED), await filesOf(draft)];
    const names = [...new Set([...committed.keys(), ...made.keys()])];
    const different = names.filter((name) => committed.get(name) !== made.get(name));
    for (const name of different)
      console.error(`packages/console/src/api/generated${name} is not what docs/openapi/native.json gives.`);
    if (different.length > 0) {
      console.error('Run npm run -w packages/console client.');
      process.exitCode = 1;
    }
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
