import { isDatabaseUnavailable } from '../common/errors/driver-error.js';
import { UnusableDatabase, type DatabaseIdentity } from '../lease/database-identity.js';
import type { Session } from './prepared.js';
import { ROUND_TRIP_MS_MAX } from './resilient-client.js';

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
