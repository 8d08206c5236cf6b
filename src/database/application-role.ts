import { provide, text } from '../config/environment.js';
import { ResilientClient } from './resilient-client.js';

const ROLE = 'rescind_app';
const VARIABLE = 'RESCIND_DATABASE_ROLE';

/** The role that sessions of the service take on; undefined: none, the user's own privileges apply. */
export function databaseRole(): string | undefined {
  const role = text(VARIABLE);
  return role === undefined || role === 'none' ? undefined : role;
}

/** Decides, once at start and for all workers, whether the database's user may become the application's role. */
export async function chooseDatabaseRole(url: string): Promise<void> {
  if (text(VARIABLE) !== undefined) return;
  const client = new ResilientClient({ connectionString: url, connectionTimeoutMillis: 5000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ usable: boolean }>(
      `SELECT pg_has_role(current_user, oid, 'SET') AS usable FROM pg_roles WHERE rolname = $1`.replace(
        "'SET'",
        await setPrivilege(client),
      ),
      [ROLE],
    );
    provide(VARIABLE, rows[0]?.usable === true ? ROLE : 'none');
  } finally {
    await client.end();
  }
}

/** PostgreSQL 16 told "may become" (SET) apart from "has the privileges of" (MEMBER). */
async function setPrivilege(client: ResilientClient): Promise<string> {
  const { rows } = await client.query<{ version: string }>(
    `SELECT current_setting('server_version_num') AS version`,
  );
  return Number(rows[0]?.version) >= 160000 ? "'SET'" : "'MEMBER'";
}
