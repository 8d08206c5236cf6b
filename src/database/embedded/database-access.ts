import { createHmac, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { createFile } from '../../config/private-file.js';
import { SERVICE_ROLE } from '../privileges.js';
import { clusterOf, SUPERUSER } from './cluster.js';
import type { DatabaseHome } from './database-home.js';
import { EmbeddedPostgresError, explainFailure } from './embedded-postgres.error.js';

/** The database, and the user that owns it: no superuser. */
const NAME = 'rescind';
/** The user of the service, which owns nothing. */
const SERVICE = 'rescind_service';
const PASSWORD_FILE = 'postgres-password';
const POLL_MS = 20;
const PATIENCE_MS = 30_000;

/** Where the service connects, and where the owner of the schema does. They hold passwords: not for logs. */
export function urlsOf(port: number, password: string): { url: string; ownerUrl: string } {
  const at = `127.0.0.1:${port}/${NAME}`;
  return {
    url: `postgres://${SERVICE}:${servicePassword(password)}@${at}`,
    ownerUrl: `postgres://${NAME}:${password}@${at}`,
  };
}

/** Derived from the owner's password, which cannot be derived from it. */
function servicePassword(password: string): string {
  return createHmac('sha256', password).update(SERVICE).digest('base64url');
}

/**
 * The password of the embedded database, 256 random bits, created once and before the cluster.
 * @throws EmbeddedPostgresError if it is lost, or others may read it.
 */
export async function loadPassword(home: DatabaseHome): Promise<string> {
  const path = join(home.path, PASSWORD_FILE);
  try {
    const hasCluster = await stat(join(clusterOf(home), 'PG_VERSION')).catch(() => null);
    if (!hasCluster) await createFile(path, randomBytes(32).toString('base64url'));
    const { mode } = await stat(path).catch(() => {
      throw new EmbeddedPostgresError(
        `${path}, the password of the database beside it, is missing: restore it from a backup.`,
      );
    });
    if (mode & 0o177) {
      throw new EmbeddedPostgresError(
        `${path} may be read or changed by other users: run \`chmod 600 ${path}\` and start again.`,
      );
    }
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw explainFailure(error, path);
  }
}

/** Makes the users and the database if they are missing; resolves when the service can connect. */
export async function ensureDatabase(home: DatabaseHome, port: number, password: string): Promise<void> {
  if (await canConnect(port, password)) return;
  const client = await connect({ port, password, user: SUPERUSER, database: 'postgres' }).catch(
    (error: unknown) => {
      if (codeOf(error) !== '28P01') throw explainFailure(error, clusterOf(home));
      throw new EmbeddedPostgresError(
        `${join(home.path, PASSWORD_FILE)} is not the password of the database beside it: restore both from the same backup.`,
      );
    },
  );
  try {
    await ensureRole(client, NAME, `LOGIN CREATEDB CREATEROLE PASSWORD ${client.escapeLiteral(password)}`);
    await ensureRole(client, SERVICE_ROLE, 'NOLOGIN');
    await ensureRole(client, SERVICE, `LOGIN PASSWORD ${client.escapeLiteral(servicePassword(password))}`);
    // The owner does the rest, and grants the role to the users that need it.
    await client.query(
      `GRANT ${SERVICE_ROLE} TO ${NAME} WITH ADMIN OPTION; GRANT ${SERVICE_ROLE} TO ${SERVICE}`,
    );
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [NAME]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${NAME} OWNER ${NAME}`);
  } finally {
    await client.end();
  }
}

async function ensureRole(client: pg.Client, name: string, options: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
  await client.query(`${rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${name} ${options}`);
}

/** The service's user is created last, except for the database. */
async function canConnect(port: number, password: string): Promise<boolean> {
  try {
    const to = { port, password: servicePassword(password), user: SERVICE, database: NAME };
    await (await connect(to)).end();
    return true;
  } catch (error) {
    if (['28P01', '28000', '3D000'].includes(codeOf(error))) return false;
    throw error;
  }
}

/** Retries while the server starts up or ends a crash recovery (57P03). */
async function connect(to: {
  port: number;
  password: string;
  user: string;
  database: string;
}): Promise<pg.Client> {
  for (const start = performance.now(); ; await delay(POLL_MS)) {
    const client = new pg.Client({ ...to, host: '127.0.0.1', connectionTimeoutMillis: PATIENCE_MS });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      const passing = ['57P03', 'ECONNREFUSED', 'ECONNRESET'].includes(codeOf(error));
      if (!passing || performance.now() - start > PATIENCE_MS) throw error;
    }
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string } | null)?.code ?? '';
}
