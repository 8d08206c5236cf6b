import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from '../../support/databases.js';
import { startRescind } from '../../support/rescind-process.js';
import { testRun } from '../../support/test-run.js';

const OWNER_PASSWORD = 'p@ss/w:rd#%41?&=\\\'"';
const SERVICE_PASSWORD = '%2F another/@ one:';
const name = `odd_${randomBytes(4).toString('hex')}`;

beforeAll(async () => {
  const { postgresUrl } = testRun();
  await sql(postgresUrl, `CREATE ROLE ${name} LOGIN CREATEROLE PASSWORD ${pg.escapeLiteral(OWNER_PASSWORD)}`);
  await sql(postgresUrl, `GRANT ${name} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE`);
  await sql(postgresUrl, `GRANT rescind_app TO ${name} WITH ADMIN TRUE`);
  await sql(postgresUrl, `CREATE DATABASE ${name} OWNER ${name}`);
});

afterAll(async () => {
  const { postgresUrl } = testRun();
  // Not FORCE: nobody but a superuser may end the autovacuum that happens to be there; without it PostgreSQL ends that itself.
  await sql(postgresUrl, `DROP DATABASE ${name}`);
  await sql(postgresUrl, `DROP ROLE IF EXISTS ${name}_service`);
  await sql(postgresUrl, `DROP ROLE ${name}`);
});

function addressOf(user: string): string {
  const url = new URL(testRun().postgresUrl);
  return Object.assign(url, { username: user, password: '', pathname: `/${name}` }).href;
}

it('passwords of any characters may be given apart from the addresses', async () => {
  const running = await startRescind({
    databaseUrl: testRun().postgresUrl,
    env: {
      DATABASE_URL: addressOf(`${name}_service`),
      RESCIND_MIGRATE_URL: addressOf(name),
      RESCIND_MIGRATE_PASSWORD: OWNER_PASSWORD,
      RESCIND_DATABASE_PASSWORD: SERVICE_PASSWORD,
    },
  });
  await running.ready();
  for (const password of [OWNER_PASSWORD, SERVICE_PASSWORD]) expect(running.logs()).not.toContain(password);
  await running.stop();
});
