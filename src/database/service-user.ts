import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import type { QueryRunner } from 'typeorm';
import { driverCodeOf } from '../common/errors/driver-error.js';
import { SERVICE_ROLE } from './privileges.js';
import { provide, text } from '../config/environment.js';
import { ResilientClient } from './resilient-client.js';

const ITERATIONS = 4096;
const BYTES = 32;

/**
 * What PostgreSQL stores of a password (RFC 5802, `SCRAM-SHA-256`). Given in its place, the password itself is in no
 * statement, and so in no log of the server.
 */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, BYTES, 'sha256');
  const keyed = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(keyed('Client Key')).digest('base64');
  const serverKey = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** The service cannot use the database yet. The message is one sentence and says what to do. */
export class SchemaNotReady extends Error {}

/** Creates the role with the service's privileges, if it is missing and the session may. @returns whether it exists */
export async function ensureServiceRole(runner: QueryRunner): Promise<boolean> {
  await runner.query(`
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${SERVICE_ROLE}') THEN CREATE ROLE ${SERVICE_ROLE} NOLOGIN; END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
    END $$`);
  return (
    ((await runner.query('SELECT FROM pg_roles WHERE rolname = $1', [SERVICE_ROLE])) as unknown[]).length ===
    1
  );
}

/**
 * Prepares the user in `url` for the service: creates it, with the password in `url`, if there is none with that
 * name, and makes it a member of the service's role. An existing user keeps its password.
 * @throws SchemaNotReady if this needs somebody with more privileges
 */
export async function ensureServiceUser(url: string, runner: QueryRunner): Promise<void> {
  const { username, password } = new URL(url);
  const name = decodeURIComponent(username);
  // The driver takes the name from another place: that user was created by somebody who knows it.
  if (name === '') return;
  const user = pg.escapeIdentifier(name);
  const login =
    password === ''
      ? 'LOGIN'
      : `LOGIN PASSWORD ${pg.escapeLiteral(scramVerifier(decodeURIComponent(password)))}`;
  const [known] = (await runner.query(
    `SELECT rolname = current_user OR pg_has_role(oid, '${SERVICE_ROLE}', 'MEMBER') AS is_member FROM pg_roles WHERE rolname = $1`,
    [name],
  )) as { is_member: boolean }[];
  try {
    if (known === undefined) await runner.query(`CREATE ROLE ${user} ${login}`);
    if (known?.is_member !== true) await runner.query(`GRANT ${SERVICE_ROLE} TO ${user}`);
  } catch (error) {
    if (driverCodeOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new SchemaNotReady(
      `The user of DATABASE_URL is no member of ${SERVICE_ROLE}, and the user of RESCIND_MIGRATE_URL may not make it one: run ${known === undefined ? `CREATE ROLE ${user} LOGIN PASSWORD '…'; ` : ''}GRANT ${SERVICE_ROLE} TO ${user} as somebody who may.`,
    );
  }
}

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
