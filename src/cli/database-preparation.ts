import { databaseConfig, databaseUrl, migrateUrl } from '../config/database.config.js';
import { dataDirectory } from '../config/private-file.js';
import { ConfigError, provide, text, withdraw } from '../config/environment.js';
import { loadOrCreatePepper, loadOrCreateSigningKey } from '../config/generated-secrets.js';
import { refuseUnknownSettings } from '../config/known-settings.js';
import { secretsConfig } from '../config/secrets.config.js';
import { isDatabaseThere, prepareDirectory } from '../database/embedded/database-home.js';
import { type RunningPostgres, startEmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { leadsThroughPooler } from '../database/pooler.js';
import { examineDatabase } from '../database/preflight.js';
import { chooseDatabaseRole, SchemaNotReady } from '../database/service-user.js';
import { databaseAt } from './database-in-words.repository.js';
import { report } from './report.js';
import { ensureSchema, migrate } from './schema.js';

/** A database that exists and is migrated, and its secrets, all in the environment of this process. */
interface PreparedDatabase {
  /** Stops the embedded server, if this process is the last to use it. */
  release(): Promise<void>;
}

/**
 * Prepares everything that the service needs of its database. What only the owner of the schema may do is done here,
 * and the owner's address is removed afterwards.
 * @param mayCreate whether a cluster is made where there is none: only `serve` makes one, so that no command reports of an empty
 *   database what was asked of another
 * @param stopped ends the waiting for a database that does not answer
 * @throws ConfigError, EmbeddedPostgresError, GeneratedSecretError, DatabaseUnreachable, SchemaNotReady: each
 * message says what to do
 */
export function prepareDatabase(mayCreate: boolean, stopped?: AbortSignal): Promise<PreparedDatabase> {
  if (databaseUrl() === undefined && migrateUrl() !== undefined)
    throw new ConfigError('DATABASE_URL', 'must be set beside RESCIND_MIGRATE_URL.');
  return withDatabase(mayCreate, async () => {
    secretsConfig();
    await prepareSchema(stopped);
    withdraw('RESCIND_MIGRATE_URL');
    withdraw('RESCIND_MIGRATE_PASSWORD');
    await chooseRole();
    await demandDirectListenUrl();
    if (mayCreate) await demandSoundDatabase();
  });
}

/**
 * Only the schema, for deployments that migrate separately: needs no secret, and works with only the owner's
 * address. Says first which database it is.
 */
export function prepareSchemaAlone(): Promise<PreparedDatabase> {
  return withDatabase(false, () => {
    report(`${databaseAt(migrateUrl() ?? databaseConfig().url)}.`);
    return prepareSchema();
  });
}

/** Has `prepare` done on the configured database, and the embedded one started for it. */
export async function withDatabase(
  mayCreate: boolean,
  prepare: () => Promise<void>,
): Promise<PreparedDatabase> {
  refuseUnknownSettings(report);
  const isConfigured = databaseUrl() !== undefined || migrateUrl() !== undefined;
  const embedded = isConfigured ? null : await startEmbedded(mayCreate);
  try {
    await prepare();
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
  return { release: async () => embedded?.stop() };
}

async function startEmbedded(mayCreate: boolean): Promise<RunningPostgres> {
  const dataDir = dataDirectory();
  if (!mayCreate && !(await isDatabaseThere(dataDir)))
    throw new ConfigError(
      'DATABASE_URL',
      `is not set, and there is no database in ${dataDir}: set DATABASE_URL, or RESCIND_DATA_DIR to the folder of the database that \`rescind serve\` has made.`,
    );
  await provideSecrets(dataDir);
  const postgres = await startEmbeddedPostgres({ dataDir, report });
  provide('DATABASE_URL', postgres.url);
  provide('RESCIND_MIGRATE_URL', postgres.ownerUrl);
  return postgres;
}

/**
 * Before the database is created: one without its secrets, even of a killed start, counts as one whose secrets are
 * lost.
 */
async function provideSecrets(dataDir: string): Promise<void> {
  const beside = { isDatabaseThere: await isDatabaseThere(dataDir) };
  await prepareDirectory(dataDir);
  if (text('RESCIND_PEPPER') === undefined)
    provide('RESCIND_PEPPER', await loadOrCreatePepper(dataDir, beside));
  if (text('RESCIND_SIGNING_KEY') === undefined)
    provide('RESCIND_SIGNING_KEY', await loadOrCreateSigningKey(dataDir, beside));
}

async function prepareSchema(stopped?: AbortSignal): Promise<void> {
  const [ownerUrl, serviceUrl] = [migrateUrl(), databaseUrl()];
  if (ownerUrl !== undefined) await migrate(ownerUrl, { serviceUrl, stopped });
  // Again afterwards, because the two addresses may be those of two databases.
  if (serviceUrl !== undefined) await ensureSchema(serviceUrl, stopped);
}

async function chooseRole(): Promise<void> {
  const excess = await chooseDatabaseRole(databaseConfig().url);
  if (excess !== null)
    report(
      `The user of DATABASE_URL ${excess}, so SQL that is injected into the service could rewrite the audit log: give this address to RESCIND_MIGRATE_URL, and DATABASE_URL a user of its own (see docs/operations.md).`,
    );
}

/** Reports what the preflight warns of. @throws SchemaNotReady if a guarantee does not hold on this database */
async function demandSoundDatabase(): Promise<void> {
  for (const { severity, sentence } of await examineDatabase()) {
    if (severity === 'error') throw new SchemaNotReady(sentence);
    report(sentence);
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

/**
 * Prints what the preflight finds of the configured database, the errors first, and ends with 1 if the service would not start. The database
 * need not have a schema; asks as the owner where only that address is set.
 */
export async function printFindings(asJson: boolean): Promise<void> {
  const database = await withDatabase(false, async () => {
    const url = databaseUrl() ?? migrateUrl() ?? '';
    provide('DATABASE_URL', url);
    report(`${databaseAt(url)}.`);
    const findings = await examineDatabase();
    const lines = findings.map(({ severity, sentence }) => `${severity}: ${sentence}\n`).join('');
    process.stdout.write(asJson ? `${JSON.stringify(findings)}\n` : lines || 'The database is sound.\n');
    if (findings.some(({ severity }) => severity === 'error')) process.exitCode = 1;
  });
  await database.release();
}
