import { identify } from './database-identity.js';
import type { ResilientClient } from './resilient-client.js';
import { SchemaNotReady } from './service-user.js';

/** Databases that speak PostgreSQL's protocol, and what they lack of it. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/CockroachDB/i, 'CockroachDB, whose advisory locks always succeed and which has no statement triggers'],
  [
    /YugabyteDB|-YB-/i,
    'YugabyteDB, which has no transition tables and keeps unlogged tables through a crash',
  ],
];

/**
 * The engine is asked for its name before anything that only PostgreSQL answers.
 * @throws SchemaNotReady as demandPostgres; UnusableDatabase on a standby
 */
export async function admitPostgres(session: ResilientClient): Promise<void> {
  const { rows } = await session.query<{ version: string }>('SELECT version()');
  demandPostgres(rows[0]?.version ?? '');
  await identify(session, 'DATABASE_URL');
}

/**
 * @param version what `version()` answers
 * @throws SchemaNotReady for an engine on which revocations would be answered that are not in effect
 */
export function demandPostgres(version: string): void {
  const lacking = OTHERS.find(([pattern]) => pattern.test(version))?.[1];
  if (lacking !== undefined)
    throw new SchemaNotReady(`The database is ${lacking}: give Rescind a PostgreSQL from 15 on.`);
}
