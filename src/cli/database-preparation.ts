import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { isDatabaseUnavailable } from '../common/errors/driver-error.js';
import { retentionMonthsMin } from '../config/audit.config.js';
import { databaseConfig, databaseUrl } from '../config/database.config.js';
import { dataDirectory } from '../config/data-directory.js';
import { ConfigError, provide, text } from '../config/environment.js';
import { loadOrCreatePepper, loadOrCreateSigningKey } from '../config/generated-secrets.js';
import { secretsConfig } from '../config/secrets.config.js';
import { chooseDatabaseRole } from '../database/application-role.js';
import { dataSourceOptions } from '../database/data-source-options.js';
import { startEmbeddedPostgres, type RunningPostgres } from '../database/embedded/embedded-postgres.js';
import { detectPooler, leadsThroughPooler } from '../database/pooler.js';
import { report } from './report.js';

const WAIT_MS_MAX = 30_000;
const TURN_MS = 200;
/** Of a transaction, not of a session: behind a pooler the session belongs to somebody else a moment later. */
const TAKE_TURN = `SELECT pg_try_advisory_xact_lock(hashtext('rescind.migrations')) AS mine`;

/** The configured database did not answer in time. */
export class DatabaseUnreachable extends Error {}

/** A database that is there and migrated, and the secrets to use it with, all in this process's environment. */
export interface PreparedDatabase {
  /** Stops the embedded server, if this process is the last to use it. */
  release(): Promise<void>;
}

/**
 * @param stopped ends the waiting for a database that does not answer
 * @throws ConfigError, EmbeddedPostgresError, GeneratedSecretError, DatabaseUnreachable: each says what to do
 */
export async function prepareDatabase(stopped?: AbortSignal): Promise<PreparedDatabase> {
  const embedded = databaseUrl() === undefined ? await startEmbedded() : null;
  try {
    secretsConfig();
    const url = databaseUrl() as string;
    await migrate(url, stopped);
    await chooseDatabaseRole(url);
    await demandDirectListenUrl();
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
  return { release: async () => embedded?.stop() };
}

async function startEmbedded(): Promise<RunningPostgres> {
  const dataDir = dataDirectory();
  const postgres = await startEmbeddedPostgres({ dataDir, report });
  provide('DATABASE_URL', postgres.url);
  if (text('RESCIND_PEPPER') === undefined) provide('RESCIND_PEPPER', await loadOrCreatePepper(dataDir));
  if (text('RESCIND_SIGNING_KEY') === undefined)
    provide('RESCIND_SIGNING_KEY', await loadOrCreateSigningKey(dataDir));
  return postgres;
}

/** Brings the schema up to date. Processes that start at once take turns. */
export async function migrate(url: string, stopped?: AbortSignal): Promise<string[]> {
  const dataSource = await connect(url, stopped);
  try {
    return await inTurn(dataSource, stopped, async () => {
      const pending = await dataSource.showMigrations();
      if (pending) report('Bringing the database schema up to date…');
      const done = pending ? await dataSource.runMigrations({ transaction: 'each' }) : [];
      // By the schema's owner: the service's own role must not be able to lower it.
      await dataSource.query('UPDATE audit_retention_limit SET months = $1 WHERE months <> $1', [
        retentionMonthsMin(),
      ]);
      return done.map(({ name }) => name);
    });
  } finally {
    await dataSource.destroy();
  }
}

/** Runs `work` while a transaction of another session says that it is this process's turn. */
async function inTurn<Result>(
  dataSource: DataSource,
  stopped: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    const turn = dataSource.createQueryRunner();
    try {
      await turn.startTransaction();
      const [row] = (await turn.query(TAKE_TURN)) as { mine: boolean }[];
      if (row?.mine === true) return await work();
    } finally {
      await turn.rollbackTransaction().catch(() => undefined);
      await turn.release();
    }
    await sleep(TURN_MS, undefined, { signal: stopped });
  }
}

async function demandDirectListenUrl(): Promise<void> {
  const { listenUrl, url } = databaseConfig();
  if (listenUrl !== url && (await leadsThroughPooler(listenUrl)))
    throw new ConfigError(
      'RESCIND_LISTEN_URL',
      'leads through a pooler; it must lead past it, or be left out.',
    );
}

async function connect(url: string, stopped?: AbortSignal): Promise<DataSource> {
  const giveUpAtMs = performance.now() + WAIT_MS_MAX;
  for (let attempt = 1; ; attempt++) {
    try {
      await detectPooler(url);
      // One session holds the turn, the other migrates.
      return await new DataSource(dataSourceOptions({ url, poolMax: 2 })).initialize();
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      if (!isDatabaseUnavailable(error)) throw unreachable(error);
      if (performance.now() > giveUpAtMs) throw unreachable(error);
      if (attempt === 1) report('Waiting for the database…');
      await sleep(500, undefined, { signal: stopped });
    }
  }
}

function unreachable(error: unknown): Error {
  const why = error instanceof Error ? error.message : 'no reason given';
  return new DatabaseUnreachable(
    `The database of DATABASE_URL cannot be used (${why}). Check the address, the user and its password.`,
  );
}
