import type { Session } from './prepared.js';
import { ROUND_TRIP_MS_MAX } from './resilient-client.js';

/** Which database a session has reached. Its address does not tell: addresses are moved, mistyped and balanced. */
export interface DatabaseIdentity {
  /** Equal for two sessions if, and only if, they are on one run of one server, and in one database and schema of it. */
  id: string;
  /** When the server was started, as an opaque text: differs after every restart and restore. */
  serverStart: string;
}

/** When the server was started, in SQL. */
export const SERVER_START = `extract(epoch FROM pg_postmaster_start_time())::text`;

/** A database that is there and must not be used. To whoever asked, it is unavailable (SQLSTATE 57P03). */
export class UnusableDatabase extends Error {
  readonly code = '57P03';
}

const IDENTIFY = `
SELECT pg_is_in_recovery() AS standby, ${SERVER_START} AS server_start,
  concat_ws(':', (SELECT system_identifier FROM pg_control_system()),
    CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END, ${SERVER_START},
    (SELECT oid FROM pg_database WHERE datname = current_database()), to_regclass('verifiers')::oid) AS id`;

/**
 * Asks `session` where it is.
 * @param variable the setting with its address, for the error
 * @throws UnusableDatabase on a standby: what it shows may be old, and it can record nothing
 */
export async function identify(session: Session, variable: string): Promise<DatabaseIdentity> {
  const query = { text: IDENTIFY, query_timeout: ROUND_TRIP_MS_MAX };
  const { rows } = await session.query<{ standby: boolean; server_start: string; id: string }>(query);
  const [row] = rows;
  if (row === undefined || row.standby)
    throw new UnusableDatabase(`${variable} leads to a standby: it must lead to the primary.`);
  return { id: row.id, serverStart: row.server_start };
}
