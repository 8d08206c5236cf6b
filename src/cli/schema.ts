import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type QueryRunner } from 'typeorm';
import { driverCodeOf, isDatabaseUnavailable } from '../common/errors/driver-error.js';
import {
  adoptsEarlierRows,
  retentionDelayDays,
  retentionMonthsMin,
  SECURITY_MONTHS_MIN,
} from '../config/audit.config.js';
import { databaseUrl } from '../config/database.config.js';
import { ConfigError, withdraw } from '../config/environment.js';
import { dataSourceOptions } from '../database/data-source-options.js';
import { behindPooler, detectPooler, leadsThroughPooler } from '../database/pooler.js';
import { EVERY_BUSINESS } from '../database/row-access.js';
import { admitPostgres } from '../database/database-identity.js';
import { migrationSql } from '../database/migrations/migrations.js';
import { ensureServiceRole, ensureServiceUser, SchemaNotReady } from '../database/service-user.js';
import { setPrivileges } from '../database/privileges.js';
import { report } from './report.js';

/** insufficient_privilege; and invalid_schema_name, for a user that may not even use the schema. */
const NOT_ALLOWED = new Set(['42501', '3F000']);
/** Since this migration rows carry MACs. */
const ROWS_WITH_MACS = 'TokensAndTheirOwners1764003000000';
const WAIT_MS_MAX = 30_000;
const TURN_MS = 200;
/** A lock of a transaction, not of a session: behind a pooler another client has the session a moment later. */
const TAKE_TURN = `SELECT pg_try_advisory_xact_lock(hashtext('rescind.migrations')) AS mine`;

/** The configured database did not answer in time. */
export class DatabaseUnreachable extends Error {}

/**
 * Brings the schema up to date, as its owner, and gives the service its privileges. Processes that start at the same
 * time do this one after the other.
 * @param serviceUrl its user must be able to work as the service; undefined: whoever is already a member of its role
 * @returns the migrations that were run
 */
export function migrate(
  url: string,
  { serviceUrl, stopped }: { serviceUrl?: string | undefined; stopped?: AbortSignal | undefined } = {},
): Promise<string[]> {
  return atSchema(
    url,
    'RESCIND_MIGRATE_URL',
    (dataSource) => migrateAsOwner(dataSource, serviceUrl),
    stopped,
  );
}

/** Runs `work` with a database that nobody else migrates meanwhile. @throws SchemaNotReady for a user that does not own the schema */
export async function atSchema<Result>(
  url: string,
  variable: string,
  work: (dataSource: DataSource) => Promise<Result>,
  stopped?: AbortSignal,
): Promise<Result> {
  const dataSource = await connect(url, variable, stopped);
  try {
    return await inTurn(dataSource, stopped, () => asOwner(variable, () => work(dataSource)));
  } finally {
    await dataSource.destroy();
  }
}

/**
 * Checks that the schema is up to date, or brings it up to date if `url` is the address of its owner.
 * @throws SchemaNotReady if it is not, or does not keep the audit log for as long as the settings require
 */
export async function ensureSchema(url: string, stopped?: AbortSignal): Promise<void> {
  const dataSource = await connect(url, 'DATABASE_URL', stopped);
  try {
    const [row] = await dataSource.query<{ owner: boolean | null }[]>(
      `SELECT has_schema_privilege(current_schema(), 'CREATE') AS owner`,
    );
    if (row?.owner === true)
      await inTurn(dataSource, stopped, () =>
        asOwner('DATABASE_URL', () => migrateAsOwner(dataSource, undefined)),
      );
    else await demandCurrentSchema(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

/** @throws SchemaNotReady for a user that does not own the schema */
async function asOwner<Result>(variable: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!NOT_ALLOWED.has(driverCodeOf(error) ?? '')) throw error;
    const why = error instanceof Error ? error.message : 'no reason given';
    throw new SchemaNotReady(
      `The user of ${variable} may not change the schema of the database (${why}): give RESCIND_MIGRATE_URL the address of the user that owns it.`,
      { cause: error },
    );
  }
}

async function migrateAsOwner(dataSource: DataSource, serviceUrl: string | undefined): Promise<string[]> {
  const pending = await dataSource.showMigrations();
  const isEarlier = pending && (await noteEarlierRows(dataSource));
  if (pending) report('Bringing the database schema up to date…');
  const done = pending ? await dataSource.runMigrations({ transaction: 'each' }) : [];
  const runner = dataSource.createQueryRunner();
  try {
    // Written by the schema's owner: the service must not be able to lower it. What an earlier version was told of tokens stays.
    await runner.query(
      `UPDATE audit_retention_limit SET months = $1, delay_days = $2, security_months = greatest(security_months, $3)
       WHERE (months, delay_days, security_months) <> ($1, $2, greatest(security_months, $3))`,
      [retentionMonthsMin(), retentionDelayDays(), SECURITY_MONTHS_MIN],
    );
    if (isEarlier) await runner.query('UPDATE adoption SET due_since = now()');
    await admitService(runner, serviceUrl);
  } finally {
    await runner.release();
  }
  await demandAdoption(dataSource);
  return done.map(({ name }) => name);
}

async function admitService(runner: QueryRunner, serviceUrl: string | undefined): Promise<void> {
  if (await ensureServiceRole(runner)) {
    await setPrivileges(runner);
    if (serviceUrl !== undefined) await ensureServiceUser(serviceUrl, runner);
  } else if (serviceUrl !== undefined) {
    throw new SchemaNotReady(
      'The user of RESCIND_MIGRATE_URL may not make the role that the service needs: run CREATE ROLE rescind_app NOLOGIN as somebody who may.',
    );
  }
}

async function demandCurrentSchema(dataSource: DataSource): Promise<void> {
  const names = await appliedMigrations(dataSource);
  if (dataSource.migrations.some(({ name }) => !names.has(name ?? '')))
    throw new SchemaNotReady(
      'The database schema is not up to date, and the user of DATABASE_URL may not change it: run `rescind migrate` with RESCIND_MIGRATE_URL, the address of its owner.',
    );
  await demandAdoption(dataSource);
  await demandRetentionLimit(dataSource);
}

/** The names of the migrations that a database has had; none where that can't be read. */
async function appliedMigrations(dataSource: DataSource): Promise<ReadonlySet<string>> {
  const [known] = await dataSource.query<{ known: boolean }[]>(
    `SELECT to_regclass('migrations') IS NOT NULL AND has_table_privilege(to_regclass('migrations'), 'SELECT') AS known`,
  );
  const done =
    known?.known === true ? await dataSource.query<{ name: string }[]>('SELECT name FROM migrations') : [];
  return new Set(done.map(({ name }) => name));
}

/** @throws SchemaNotReady for a schema that is neither of a release before this version nor of one after it */
function demandKnownHistory({ migrations }: DataSource, applied: ReadonlySet<string>): void {
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied].find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new SchemaNotReady(
      `The database was migrated by a version between two releases (${unknown} is in its table migrations, and not in this version), and nothing was changed: restore a backup that a release has made, or start with an empty database.`,
    );
}

/**
 * Before the schema of a version without MACs is changed: notes in it that its rows are to be adopted. The history of the schema says
 * so, never a row: one without a MAC in a later database is that row's fault alone.
 * @returns whether it is of such a version
 * @throws SchemaNotReady unless this start adopts them, and where this version does not know the history
 */
async function noteEarlierRows(dataSource: DataSource): Promise<boolean> {
  const names = await appliedMigrations(dataSource);
  demandKnownHistory(dataSource, names);
  if (names.size === 0 || names.has(ROWS_WITH_MACS)) return false;
  if (!adoptsEarlierRows()) throw notAdopted();
  await dataSource.query(migrationSql('1764002000000-adoption-of-earlier-rows'));
  await dataSource.query('INSERT INTO adoption DEFAULT VALUES ON CONFLICT DO NOTHING');
  return true;
}

/**
 * Takes RESCIND_AUDIT_ADOPT back where nothing is to be adopted: a row without a MAC would be believed in such a process.
 * @throws SchemaNotReady if the rows of an earlier version are not all adopted, and this start would refuse them
 */
async function demandAdoption(dataSource: DataSource): Promise<void> {
  const [due] = await dataSource.query<unknown[]>('SELECT due_since FROM adoption WHERE adopted_at IS NULL');
  if (adoptsEarlierRows() === (due !== undefined)) return;
  if (due !== undefined) throw notAdopted();
  withdraw('RESCIND_AUDIT_ADOPT');
  report('RESCIND_AUDIT_ADOPT has no effect: nothing of an earlier version is to be adopted.');
}

function notAdopted(): SchemaNotReady {
  return new SchemaNotReady(
    'The database is of an earlier version, whose tokens and log carry no MACs, and this start would refuse them all; nothing was changed. Set RESCIND_AUDIT_ADOPT=true until the log of the platform has the event integrity.adopted (docs/operations.md, Upgrades).',
  );
}

/** @throws SchemaNotReady if the settings of the service require more than the owner has written */
async function demandRetentionLimit(dataSource: DataSource): Promise<void> {
  const [limit] = await dataSource.query<{ months: number; delay_days: number; security_months: number }[]>(
    'SELECT months, delay_days, security_months FROM audit_retention_limit',
  );
  const { months = 0, delay_days: delayDays = 0, security_months: securityMonths = 0 } = limit ?? {};
  const settings =
    'run `rescind migrate` with the same RESCIND_AUDIT_PRESET and RESCIND_AUDIT_RETENTION_… settings.';
  if (months < retentionMonthsMin())
    throw new SchemaNotReady(
      `The database lets the audit log expire after ${months} months, and the settings ask for ${retentionMonthsMin()}: ${settings}`,
    );
  if (delayDays < retentionDelayDays())
    throw new SchemaNotReady(
      `The database lets a shorter retention take effect after ${delayDays} days, and the settings ask for ${retentionDelayDays()}: ${settings}`,
    );
  if (securityMonths < SECURITY_MONTHS_MIN)
    throw new SchemaNotReady(
      `The database lets events of tokens expire after ${securityMonths} months, and the settings ask for ${SECURITY_MONTHS_MIN}: ${settings}`,
    );
}

/** Runs `work` while a transaction in another session holds the lock that lets one process migrate at a time. */
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

async function connect(url: string, variable: string, stopped?: AbortSignal): Promise<DataSource> {
  const giveUpAtMs = performance.now() + WAIT_MS_MAX;
  for (let attempt = 1; ; attempt++) {
    try {
      const pooler = await isThroughPooler(url);
      // One session holds the lock, the other migrates.
      return await new DataSource(
        dataSourceOptions({ url, poolMax: 2, pooler, rowAccess: EVERY_BUSINESS, admit: admitPostgres }),
      ).initialize();
    } catch (error) {
      if (error instanceof ConfigError || error instanceof SchemaNotReady) throw error;
      if (!isDatabaseUnavailable(error)) throw unreachable(error, variable);
      if (performance.now() > giveUpAtMs) throw unreachable(error, variable);
      if (attempt === 1) report('Waiting for the database…');
      await sleep(500, undefined, { signal: stopped });
    }
  }
}

async function isThroughPooler(url: string): Promise<boolean> {
  if (url !== databaseUrl()) return leadsThroughPooler(url);
  await detectPooler(url);
  return behindPooler();
}

function unreachable(error: unknown, variable: string): Error {
  const why = error instanceof Error ? error.message : 'no reason given';
  return new DatabaseUnreachable(
    `The database of ${variable} cannot be used (${why}). Check the address, the user and its password.`,
  );
}
