/**
 * Holds what one test run shares: a PostgreSQL, a migrated template database, and the duty to leave nothing behind.
 * A process of its own, which ends when its standard input does: however the run ends, also by kill -9, the
 * database and every application process noted in the run directory are stopped.
 *
 * argv: run directory. Writes `run.json` there and the line `ready` to standard output.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../dist/cli/schema.js';
import { startEmbeddedPostgres } from '../../dist/database/embedded/embedded-postgres.js';

const TEMPLATE = 'rescind_template';
const directory = process.argv[2];

// Ctrl-C reaches the whole process group; the run's end comes by standard input.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
const over = new Promise((resolve) => process.stdin.on('end', resolve).on('error', resolve).resume());

const postgres = await startEmbeddedPostgres({
  dataDir: join(directory, 'data'),
  report: (line) => process.stderr.write(`${line}\n`),
});
try {
  const template = new URL(postgres.ownerUrl);
  template.pathname = `/${TEMPLATE}`;
  const client = new pg.Client(postgres.ownerUrl);
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  await migrate(template.href);
  const { privateKey } = generateKeyPairSync('ed25519');
  const run = {
    postgresUrl: postgres.ownerUrl,
    serviceUrl: postgres.url,
    template: TEMPLATE,
    secrets: {
      RESCIND_PEPPER: randomBytes(32).toString('base64'),
      RESCIND_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      RESCIND_BOOTSTRAP_TOKEN: `bootstrap-${randomBytes(24).toString('base64url')}`,
    },
  };
  writeFileSync(join(directory, 'run.json'), JSON.stringify(run), { mode: 0o600 });
  process.stdout.write('ready\n');
  await over;
} finally {
  for (const name of readdirSync(directory)) {
    const group = /^(\d+)\.process$/.exec(name)?.[1];
    if (group === undefined) continue;
    try {
      process.kill(-Number(group), 'SIGKILL');
    } catch {
      // It has ended already, as it should.
    }
  }
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}
process.exit(0);
