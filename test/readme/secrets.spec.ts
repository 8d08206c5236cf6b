import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { freshDatabase, ownerUrlOf, serviceUrlOf } from '../support/databases.js';
import { Api } from '../support/api.js';
import { startRescind } from '../support/rescind-process.js';
import { blocks } from './readme.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rescind-readme-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The lines of a block up to the one that starts the service. */
function preparationOf(start: string): string {
  const block = blocks().find(({ text }) => text.includes('openssl') && text.includes(`\n${start}`));
  return block?.text.slice(0, block.text.indexOf(`\n${start}`)) ?? 'false';
}

const run = (script: string): string =>
  execFileSync('bash', ['-euc', script], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const modeOf = (name: string): number => statSync(join(folder, name)).mode & 0o777;

/** Starts with these settings on an empty database, and uses the platform token: to act, found, and reported as leaked. */
async function demandPlatformToken(settings: NodeJS.Dict<string>): Promise<void> {
  const env = settings as Record<string, string>;
  const secret = env.RESCIND_BOOTSTRAP_TOKEN as string;
  const database = await freshDatabase();
  const running = await startRescind({ databaseUrl: database.url, env });
  try {
    await running.ready();
    const platform = new Api(running.url, secret);
    for (let time = 0; time < 2; time++)
      expect((await platform.post('/api/v1/admin/businesses', { name: `Made ${time}` })).status).toBe(201);
    const found = await platform.post('/api/v1/tokens/find', { text: `leaked: ${secret}` });
    expect(found.body.items).toHaveLength(1);
    await platform.post('/api/v1/leaks', { leaks: [{ secret: ` ${secret}\n` }] });
    expect((await platform.get('/api/v1/admin/businesses')).status).toBe(401);
  } finally {
    await running.stop();
    await database.drop();
  }
}

it('the block for an own PostgreSQL makes files that only their owner can read, and that the service takes', async () => {
  const database = await freshDatabase();
  const settings = run(`${preparationOf('npm start')}\nenv | grep -E '^(RESCIND_|DATABASE_URL)'`);
  expect(modeOf('secrets')).toBe(0o700);
  for (const name of readdirSync(join(folder, 'secrets'))) expect(modeOf(`secrets/${name}`)).toBe(0o600);
  writeFileSync(join(folder, 'secrets', 'database-url'), `${serviceUrlOf(database.url)}\n`);
  writeFileSync(join(folder, 'secrets', 'migrate-url'), `${ownerUrlOf(database.url)}\n`);
  const env = parseEnv(settings.replaceAll('=@', `=@${folder}/`)) as Record<string, string>;
  const running = await startRescind({ databaseUrl: database.url, env });
  await running.ready();
  await running.stop();
  await database.drop();
});

it('the block for Docker makes a .env that only its owner can read, and never replaces one; its platform token works', async () => {
  const preparation = preparationOf('docker compose');
  run(preparation);
  expect(modeOf('.env')).toBe(0o600);
  const made = readFileSync(join(folder, '.env'), 'utf8');
  const { RESCIND_PEPPER, RESCIND_SIGNING_KEY, RESCIND_BOOTSTRAP_TOKEN, POSTGRES_PASSWORD } = parseEnv(made);
  expect(Buffer.from(RESCIND_PEPPER ?? '', 'base64')).toHaveLength(32);
  expect(createPrivateKey(RESCIND_SIGNING_KEY ?? '').asymmetricKeyType).toBe('ed25519');
  expect(RESCIND_BOOTSTRAP_TOKEN).toMatch(/^[0-9a-f]{64}$/);
  expect(POSTGRES_PASSWORD).toMatch(/^[0-9a-f]{48}$/);
  expect(() => run(preparation)).toThrow();
  expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(made);
  await demandPlatformToken({ RESCIND_PEPPER, RESCIND_SIGNING_KEY, RESCIND_BOOTSTRAP_TOKEN });
});

it('so does what docker-compose.yml says to make where a secret is missing', async () => {
  const compose = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
  const made = [...compose.matchAll(/\$\{(RESCIND_[A-Z_]+):\?make one with: ([^}]+)\}/g)].map(
    ([, name, command]) => [name as string, run(command as string).trim()] as const,
  );
  const { RESCIND_DATABASE_PASSWORD, ...settings } = Object.fromEntries(made);
  expect(RESCIND_DATABASE_PASSWORD).toMatch(/^[0-9a-f]{48}$/);
  expect(Object.keys(settings)).toEqual(['RESCIND_PEPPER', 'RESCIND_SIGNING_KEY', 'RESCIND_BOOTSTRAP_TOKEN']);
  await demandPlatformToken(settings);
});
