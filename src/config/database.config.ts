import { registerAs } from '@nestjs/config';
import { ConfigError, integer, oneOf, secret } from './environment.js';
import { revocationConfig } from './revocation.config.js';

const SYNCHRONOUS_COMMIT_LEVELS = ['on', 'local', 'remote_write', 'remote_apply'] as const;

/** Address of the database to use, as a user that owns nothing there; undefined asks for the embedded one. */
export function databaseUrl(): string | undefined {
  return address('DATABASE_URL', 'RESCIND_DATABASE_PASSWORD');
}

/** Address of the same database as the owner of its schema, for the start alone; undefined: no other than DATABASE_URL. */
export function migrateUrl(): string | undefined {
  return address('RESCIND_MIGRATE_URL', 'RESCIND_MIGRATE_PASSWORD');
}

/** The parameter in which an address names all of its hosts: neither URL nor the driver can read more than one in their place. */
export const HOSTS = 'hosts';
/** Scheme and user, the hosts, and the rest. */
const ADDRESS = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s;

/**
 * Of several hosts (libpq 18 §32.1.1.3) the first one stays in its place.
 * @param passwordVariable of the user's password, of any characters, for an address that holds none
 */
function address(variable: string, passwordVariable: string): string | undefined {
  const value = secret(variable);
  if (value === undefined) return undefined;
  const [, head = '', list = '', tail = ''] = ADDRESS.exec(value) ?? [];
  const hosts = list.split(',');
  if (!hosts.every((each) => URL.canParse(head + each + tail)) || (hosts.length > 1 && hosts.includes('')))
    throw new ConfigError(variable, 'must be a postgres:// address, or @file with one.');
  const password = secret(passwordVariable);
  const url = new URL(head + (hosts[0] ?? '') + tail);
  if (/^(read-only|(prefer-)?standby)$/.test(url.searchParams.get('target_session_attrs') ?? ''))
    throw new ConfigError(variable, 'must lead to the primary: target_session_attrs=read-write.');
  if (hosts.length === 1 && (password === undefined || url.password !== '')) return value;
  if (hosts.length > 1) url.searchParams.set(HOSTS, list);
  if (password !== undefined && url.password === '') url.password = encodeURIComponent(password);
  return url.href;
}

/** A process that has no turn for so long, in the middle of a transaction, is as good as frozen. */
const IDLE_IN_TRANSACTION_MS_MIN = 500;
const LOCK_MARGIN_MS = 2000;
const QUERY_MARGIN_MS = 12_000;

export const databaseConfig = registerAs('database', () => {
  const url = databaseUrl();
  if (url === undefined) throw new ConfigError('DATABASE_URL', 'must be set.');
  const idleInTransactionMs = Math.max(revocationConfig().leaseMs, IDLE_IN_TRANSACTION_MS_MIN);
  const lockTimeoutMs = idleInTransactionMs + LOCK_MARGIN_MS;
  return {
    url,
    /** Where the verifier keeps its dedicated session: past any transaction-mode pooler. */
    listenUrl: address('RESCIND_LISTEN_URL', 'RESCIND_DATABASE_PASSWORD') ?? url,
    /** Sessions of this process, those of the verifier apart; `admission/sessions.ts` divides them. */
    poolMax: integer('RESCIND_DATABASE_POOL', 24, 21, 500),
    /** `synchronous_commit` of every transaction that must outlive the primary; PostgreSQL's own words. */
    synchronousCommit: oneOf('RESCIND_SYNCHRONOUS_COMMIT', 'on', SYNCHRONOUS_COMMIT_LEVELS),
    /**
     * After this the server ends the transaction of a process that froze or vanished in the middle of it. As long as a
     * lease: either is what one process can make the revocations of another wait for (R2).
     */
    idleInTransactionMs,
    /** Longer than that, so that whoever waits for such a process outlasts it. */
    lockTimeoutMs,
    queryTimeoutMs: lockTimeoutMs + QUERY_MARGIN_MS,
  };
});
