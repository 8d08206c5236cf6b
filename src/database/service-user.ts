import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import type { QueryRunner } from 'typeorm';
import { driverCodeOf } from '../common/errors/driver-error.js';
import { SERVICE_ROLE } from './privileges.js';

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
