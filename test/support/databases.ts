import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { testRun } from './test-run.js';

export interface TestDatabase {
  /** As the owner of the schema. */
  url: string;
  /** The same database as the server's superuser, for what no role of the service may do. */
  superuserUrl: string;
  drop(): Promise<void>;
}

/** A migrated, empty database of its own. */
export function freshDatabase(): Promise<TestDatabase> {
  return copyOf(testRun().template);
}

/** @param template the name of a database in which nobody is; `template1` has no schema */
export async function copyOf(template: string): Promise<TestDatabase> {
  const { postgresUrl } = testRun();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await sql(postgresUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const superuserUrl = new URL(url);
  superuserUrl.username = 'postgres';
  return {
    url: url.href,
    superuserUrl: superuserUrl.href,
    // By the superuser: the owner of a database may not end the sessions of others in it.
    drop: async () => {
      const superuser = Object.assign(new URL(postgresUrl), { username: 'postgres' });
      await sql(superuser.href, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** The same database as a service logs in to it. */
export function serviceUrlOf(url: string): string {
  return asUserOf(testRun().serviceUrl, url);
}

/** The same database as the owner of its schema. */
export function ownerUrlOf(url: string): string {
  return asUserOf(testRun().postgresUrl, url);
}

function asUserOf(somebody: string, url: string): string {
  const { username, password } = new URL(somebody);
  return Object.assign(new URL(url), { username, password }).href;
}

/** How often a change of the schema may lose a deadlock to the running service. */
const DEADLOCKS_MAX = 20;

/**
 * Changes the schema under a running service: what locks a table with all its partitions can lose a deadlock to whoever
 * reads them, and is then tried again.
 */
export async function changeSchema(superuserUrl: string, statements: string): Promise<void> {
  for (let lost = 0; ; lost++) {
    try {
      await sql(superuserUrl, statements);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== '40P01' || lost === DEADLOCKS_MAX) throw error;
    }
  }
}

/** Runs one statement in a session of its own, which sees the rows of every business. */
export async function sql<Row = Record<string, unknown>>(
  url: string,
  statement: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`SET app.business_id = '*'`);
    return (await client.query(statement, values)).rows as Row[];
  } finally {
    await client.end();
  }
}
