import { registerAs } from '@nestjs/config';
import { ConfigError, integer, oneOf, secret } from './environment.js';

export const SYNCHRONOUS_COMMIT_LEVELS = ['on', 'local', 'remote_write', 'remote_apply'] as const;

/** Address of the database to use, as a user that owns nothing there; undefined asks for the embedded one. */
export function databaseUrl(): string | undefined {
  return postgresAddress('DATABASE_URL');
}

/** Address of the same database as the owner of its schema, for the start alone; undefined: no other than DATABASE_URL. */
export function migrateUrl(): string | undefined {
  return postgresAddress('RESCIND_MIGRATE_URL');
}

function postgresAddress(variable: string): string | undefined {
  const value = secret(variable);
  if (value === undefined) return undefined;
  if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value))
    throw new ConfigError(variable, 'must be a postgres:// address of one server, or @file with one.');
  return value;
}

export const databaseConfig = registerAs('database', () => {
  const url = databaseUrl();
  if (url === undefined) throw new ConfigError('DATABASE_URL', 'must be set.');
  return {
    url,
    /** Where the verifier keeps its dedicated session: past any transaction-mode pooler. */
    listenUrl: postgresAddress('RESCIND_LISTEN_URL') ?? url,
    /** Sessions of this process, those of the verifier apart; `database/lanes.ts` divides them. */
    poolMax: integer('RESCIND_DATABASE_POOL', 22, 17, 500),
    /** `synchronous_commit` of every transaction that must outlive the primary; PostgreSQL's own words. */
    synchronousCommit: oneOf('RESCIND_SYNCHRONOUS_COMMIT', 'on', SYNCHRONOUS_COMMIT_LEVELS),
    lockTimeoutMs: 3000,
    queryTimeoutMs: 15_000,
  };
});
