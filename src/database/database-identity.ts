import type { Session } from './prepared.js';
import { ROUND_TRIP_MS_MAX } from './resilient-client.js';

/** Which database a session is connected to. Its address does not say: addresses are moved, mistyped and balanced. */
export interface DatabaseIdentity {
  /**
   * Equal for two sessions if, and only if, they are connected to the same run of one server, and to the same
   * database and schema.
   */
  id: string;
  /** When the server was started, as an opaque text: differs after every restart and restore. */
  serverStart: string;
}

/** When the server was started, in SQL. */
export const SERVER_START = `extract(epoch FROM pg_postmaster_start_time())::text`;

/** A database that can be reached and must not be used. Callers are told that it is unavailable (SQLSTATE 57P03). */
export class UnusableDatabase extends Error {
  readonly code = '57P03';
}

const IDENTIFY = `
SELECT pg_is_in_recovery() AS standby, ${SERVER_START} AS server_start,
  concat_ws(':', (SELECT system_identifier FROM pg_control_system()),
    CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END, ${SERVER_START},
    (SELECT oid FROM pg_database WHERE datname = current_database()), to_regclass('verifiers')::oid) AS id`;

/**
 * Reads which database `session` is connected to.
 * @param variable the setting with its address, for the error
 * @throws UnusableDatabase on a standby: its data may be old, and it cannot record anything
 */
export async function identify(session: Session, variable: string): Promise<DatabaseIdentity> {
  const query = { text: IDENTIFY, query_timeout: ROUND_TRIP_MS_MAX };
  const { rows } = await session.query<{ standby: boolean; server_start: string; id: string }>(query);
  const [row] = rows;
  if (row === undefined || row.standby)
    throw new UnusableDatabase(`${variable} leads to a standby: it must lead to the primary.`);
  return { id: row.id, serverStart: row.server_start };
}
