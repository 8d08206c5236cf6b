import { provide, text } from '../config/environment.js';
import { SERVICE_ROLE } from './privileges.js';
import { ResilientClient } from './resilient-client.js';

/** How the start tells the workers. */
const VARIABLE = 'SERVICE_ROLE_OF_SESSIONS';
const CONNECT_MS_MAX = 5000;

/** The role that sessions of the service set; undefined: none, their user is the service's own. */
export function databaseRole(): string | undefined {
  const role = text(VARIABLE);
  return role === undefined || role === 'none' ? undefined : role;
}

/**
 * Why the user of a session could do what the service must not do, whatever role the session has set: it can reset
 * the role. Null: it could not.
 */
export const EXCESS = `
SELECT CASE
  WHEN u.rolsuper THEN 'is a superuser'
  WHEN EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = current_schema() AND pg_has_role(u.oid, n.nspowner, 'MEMBER'))
    OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND pg_has_role(u.oid, c.relowner, 'MEMBER'))
    OR has_schema_privilege(u.oid, current_schema(), 'CREATE')
    THEN 'owns the schema'
  WHEN EXISTS (SELECT FROM pg_roles r WHERE pg_has_role(u.oid, r.oid, 'MEMBER') AND (
      r.rolsuper OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls OR r.rolname ~ '^pg_(read|write|execute|create)_(?!all_stats$)'))
    OR has_table_privilege(u.oid, 'audit_events', 'UPDATE, DELETE, TRUNCATE')
    THEN 'may do more than its work needs'
END AS excess FROM pg_roles u WHERE u.rolname = session_user`;

/**
 * Decides, once at start and for all workers, whether the sessions set the service's role: only if the user of `url`
 * could do more than the service should.
 * @returns what that is; null: nothing
 */
export async function chooseDatabaseRole(url: string): Promise<string | null> {
  const client = new ResilientClient({ connectionString: url, connectionTimeoutMillis: CONNECT_MS_MAX });
  try {
    await client.connect();
    const { rows } = await client.query<{ excess: string | null }>(EXCESS);
    const excess = rows[0]?.excess ?? null;
    provide(VARIABLE, excess !== null && (await mayTakeOnTheRole(client)) ? SERVICE_ROLE : 'none');
    return excess;
  } finally {
    await client.end();
  }
}

/** PostgreSQL 16 separated "may set the role" (SET) from "has its privileges" (MEMBER). */
async function mayTakeOnTheRole(client: ResilientClient): Promise<boolean> {
  const { rows: versions } = await client.query<{ version: string }>(
    `SELECT current_setting('server_version_num') AS version`,
  );
  const privilege = Number(versions[0]?.version) >= 160000 ? 'SET' : 'MEMBER';
  const { rows } = await client.query<{ usable: boolean }>(
    'SELECT pg_has_role(current_user, oid, $2) AS usable FROM pg_roles WHERE rolname = $1',
    [SERVICE_ROLE, privilege],
  );
  return rows[0]?.usable === true;
}
