import { isDatabaseUnavailable } from '../common/errors/driver-error.js';
import { type DatabaseIdentity, UnusableDatabase } from '../lease/database-identity.js';
import type { Session } from './prepared.js';
import { type ResilientClient, ROUND_TRIP_MS_MAX } from './resilient-client.js';
import { SchemaNotReady } from './service-user.js';

/** When the server was started, in SQL. */
export const SERVER_START = `extract(epoch FROM pg_postmaster_start_time())::text`;

const TIMELINE = 'CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END';

const identifyBy = (timeline: string): string => `
SELECT pg_is_in_recovery() AS standby, ${SERVER_START} AS "serverStart", (SELECT system_identifier FROM pg_control_system())::text AS system,
  ${timeline} AS timeline,
  concat_ws(':', (SELECT oid FROM pg_database WHERE datname = current_database()), to_regclass('verifiers')::oid) AS place`;

/**
 * Reads which database `session` is connected to.
 * @param variable the setting with its address, for the error
 * @throws UnusableDatabase on a standby: its data may be old, and it cannot record anything
 */
export async function identify(session: Session, variable: string): Promise<DatabaseIdentity> {
  const ask = async (timeline: string) => {
    const query = { text: identifyBy(timeline), query_timeout: ROUND_TRIP_MS_MAX };
    return (await session.query<Omit<DatabaseIdentity, 'id'> & { standby: boolean; place: string }>(query))
      .rows;
  };
  const [row] = await ask(TIMELINE).catch((error: unknown) => {
    if (isDatabaseUnavailable(error)) throw error;
    return ask(`''`);
  });
  if (row === undefined || row.standby)
    throw new UnusableDatabase(`${variable} leads to a standby: it must lead to the primary.`);
  const { serverStart, system, timeline } = row;
  return { id: [system, timeline, serverStart, row.place].join(':'), serverStart, system, timeline };
}

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
