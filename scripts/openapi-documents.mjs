// Starts the built service on a scratch data directory and fetches every document of Swagger UI's selector. Each must be
// the one in docs/openapi, so that a change of the API is seen where it is reviewed, and pass Redocly's recommended rules
// (redocly.yaml): one warning is enough to fail. With --write the files in docs/openapi are made what the service says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfNeeded } from '../bin/build-if-needed.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = join(ROOT, 'docs', 'openapi');
const START_MS_MAX = 120_000;

await buildIfNeeded();
const { API_DOCUMENTS } = await import('../dist/app/open-api-documents.js');
const directory = await mkdtemp(join(tmpdir(), 'rescind-openapi-'));
// Run as root, PostgreSQL is another user's process, and must pass through.
await chmod(directory, 0o711);
const service = spawn(process.execPath, [join(ROOT, 'dist', 'main.js'), 'serve'], {
  env: {
    ...process.env,
    DATABASE_URL: '',
    PORT: '0',
    RESCIND_PUBLIC_URL: 'http://127.0.0.1:3000',
    RESCIND_DATA_DIR: join(directory, 'data'),
  },
  stdio: ['ignore', 'ignore', 'pipe'],
});
const ended = once(service, 'exit');
try {
  const url = await addressOf(service);
  let problems = 0;
  for (const { name } of API_DOCUMENTS) {
    const answer = await fetch(`${url}${name === 'native' ? '/docs-json' : `/docs/${name}-json`}`);
    if (!answer.ok) throw new Error(`the document ${name} was answered with ${answer.status}`);
    const file = join(DOCUMENTS, `${name}.json`);
    problems += await settle(file, `${JSON.stringify(await answer.json(), null, 2)}\n`);
    problems += await lint(file);
  }
  console.log(`${API_DOCUMENTS.length} OpenAPI documents, ${problems} problems.`);
  process.exitCode = problems === 0 ? 0 : 1;
} finally {
  service.kill('SIGTERM');
  await ended;
  await rm(directory, { recursive: true, force: true });
}

/** Where the service says that it listens. Nothing else of what it prints is shown: a platform token is part of it. */
function addressOf({ stderr }) {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => service.kill('SIGTERM'), START_MS_MAX);
    stderr.on('data', (chunk) => {
      output += chunk;
      const address = /API\s+(http:\S+)\/api\/v1/.exec(output)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
    stderr.on('end', () => {
      clearTimeout(timer);
      reject(new Error('The service did not start; npm start says why.'));
    });
  });
}

/** Whether (1 or 0) the file is another document than the service's; after --write it is not. */
async function settle(file, served) {
  if (process.argv.includes('--write')) {
    await mkdir(DOCUMENTS, { recursive: true });
    await writeFile(file, served);
  }
  const committed = await readFile(file, 'utf8').catch(() => '');
  if (committed === served) return 0;
  console.error(`${relative(ROOT, file)} is not what the service says: see what npm run openapi changes.`);
  return 1;
}

/** How many problems one document has; each is shown. */
async function lint(file) {
  const redocly = join(ROOT, 'node_modules', '.bin', 'redocly');
  const config = join(ROOT, 'redocly.yaml');
  const child = spawn(redocly, ['lint', '--config', config, '--format', 'json', file], {
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  for await (const chunk of child.stdout) output += chunk;
  const { problems } = JSON.parse(output.slice(output.indexOf('{')));
  for (const { ruleId, message, location } of problems)
    console.error(`${basename(file)} ${location[0]?.pointer}\n  ${ruleId}: ${message}`);
  return problems.length;
}
