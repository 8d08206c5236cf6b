import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { createFile } from '../../config/private-file.js';
import { clusterOf, SUPERUSER } from './cluster.js';
import type { DatabaseHome } from './database-home.js';
import { EmbeddedPostgresError, explainFailure } from './embedded-postgres.error.js';

/** The database, and the role that owns it: no superuser, so that what Rescind revokes from itself is refused. */
const NAME = 'rescind';
const PASSWORD_FILE = 'postgres-password';
const POLL_MS = 20;
const PATIENCE_MS = 30_000;

/** Where the application connects. Holds the password: not for logs. */
export function urlOf(port: number, password: string): string {
  return `postgres://${NAME}:${password}@127.0.0.1:${port}/${NAME}`;
}

/**
 * The password of the embedded database, 256 random bits, made once and before the cluster.
 * @throws EmbeddedPostgresError when it is lost, or may be read by others.
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

/** Makes the role and the database if they are missing; resolves when the application can connect. */
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
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [NAME]);
    const verb = role.rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(
      `${verb} ROLE ${NAME} LOGIN CREATEDB CREATEROLE PASSWORD ${client.escapeLiteral(password)}`,
    );
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [NAME]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${NAME} OWNER ${NAME}`);
  } finally {
    await client.end();
  }
}

async function canConnect(port: number, password: string): Promise<boolean> {
  try {
    const client = await connect({ port, password, user: NAME, database: NAME });
    await client.end();
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
  return String((error as { code?: unknown } | null)?.code ?? '');
}
