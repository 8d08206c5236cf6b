import { registerAs } from '@nestjs/config';
import { ConfigError, integer, oneOf, secret } from './environment.js';

export const SYNCHRONOUS_COMMIT_LEVELS = ['on', 'local', 'remote_write', 'remote_apply'] as const;

/** Address of the database to use, as a user that owns nothing there; undefined asks for the embedded one. */
export function databaseUrl(): string | undefined {
  return address('DATABASE_URL', 'RESCIND_DATABASE_PASSWORD');
}

/** Address of the same database as the owner of its schema, for the start alone; undefined: no other than DATABASE_URL. */
export function migrateUrl(): string | undefined {
  return address('RESCIND_MIGRATE_URL', 'RESCIND_MIGRATE_PASSWORD');
}

/** @param passwordVariable of the user's password, of any characters, for an address that holds none */
function address(variable: string, passwordVariable: string): string | undefined {
  const value = secret(variable);
  if (value === undefined) return undefined;
  if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value))
    throw new ConfigError(variable, 'must be a postgres:// address, or @file with one.');
  const password = secret(passwordVariable);
  const url = new URL(value);
  if (password === undefined || url.password !== '') return value;
  url.password = encodeURIComponent(password);
  return url.href;
}

export const databaseConfig = registerAs('database', () => {
  const url = databaseUrl();
  if (url === undefined) throw new ConfigError('DATABASE_URL', 'must be set.');
  return {
    url,
    /** Where the verifier keeps its dedicated session: past any transaction-mode pooler. */
    listenUrl: address('RESCIND_LISTEN_URL', 'RESCIND_DATABASE_PASSWORD') ?? url,
    /** Sessions of this process, those of the verifier apart; `database/lanes.ts` divides them. */
    poolMax: integer('RESCIND_DATABASE_POOL', 22, 17, 500),
    /** `synchronous_commit` of every transaction that must outlive the primary; PostgreSQL's own words. */
    synchronousCommit: oneOf('RESCIND_SYNCHRONOUS_COMMIT', 'on', SYNCHRONOUS_COMMIT_LEVELS),
    lockTimeoutMs: 3000,
    queryTimeoutMs: 15_000,
  };
});
