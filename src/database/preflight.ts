import { databaseConfig } from '../config/database.config.js';
import { ConfigError } from '../config/environment.js';
import { workerCount } from '../config/http.config.js';
import { demandPostgres } from './database-identity.js';
import { behindPooler, detectPooler } from './pooler.js';
import { ResilientClient } from './resilient-client.js';
import { SchemaNotReady } from './service-user.js';

/** `error`: a guarantee does not hold on this database, and the service does not start. `warning`: it starts, and says so. */
interface Finding {
  check: string;
  severity: 'error' | 'warning';
  /** What was found, and the way out. */
  sentence: string;
}

const CONNECT_MS_MAX = 5000;
/** Of a process, beside its pool: those of the verifier and of the registry. */
const SESSIONS_BESIDE = 2;

/** What holds of the database, for $1 sessions, whether $2 through a pooler, at moment $3. Roles and databases without a limit have -1. */
const FINDINGS = `
SELECT "check", severity, sentence FROM (
  SELECT current_setting('server_version_num')::int / 10000 AS version, least(
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
      (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = session_user),
      (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())) AS connections,
    abs(extract(epoch FROM clock_timestamp() - $3::timestamptz))::int AS apart,
    (SELECT string_agg(c.relname || '.' || tgname, ', ') FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
      WHERE c.relnamespace = current_schema()::regnamespace AND NOT tgisinternal AND tgenabled IN ('D', 'R')) AS disabled
) AS found CROSS JOIN LATERAL (VALUES
  ('engine', 'error', pg_is_in_recovery(), 'DATABASE_URL leads to a standby: it must lead to the primary.'),
  ('version', 'error', version < 15, format('The database is PostgreSQL %s: give Rescind one from 15 on.', version)),
  ('version', 'warning', version > 18, format('Rescind has not been run on PostgreSQL %s: use one of 15 to 18.', version)),
  ('extensions', 'error', EXISTS (SELECT FROM pg_extension WHERE extname = 'citus'), 'The database has the extension citus, whose nodes each have transactions of their own, so that revocations would be answered that are not in effect: give Rescind a database without it.'),
  ('triggers', 'error', current_setting('session_replication_role') = 'replica', 'session_replication_role is replica, so no trigger runs and no verifier is told of a revocation: reset it for the role and the database (ALTER DATABASE … RESET session_replication_role).'),
  ('triggers', 'error', disabled IS NOT NULL, format('Triggers are disabled that a guarantee rests on (%s): ALTER TABLE … ENABLE TRIGGER as the owner of the schema.', disabled)),
  ('fsync', 'warning', current_setting('fsync') = 'off', 'fsync is off, so a power cut can lose revocations that were acknowledged, and the database: set fsync = on.'),
  ('full_page_writes', 'warning', current_setting('full_page_writes') = 'off', 'full_page_writes is off, so a power cut can damage the database, unless its file system writes whole pages: set full_page_writes = on.'),
  ('connections', 'warning', connections < $1::int, format('This start opens up to %s sessions, and the database admits %s: raise max_connections (or the limit of the role or the database), or lower RESCIND_DATABASE_POOL or RESCIND_WORKERS.', $1::int, connections)),
  ('clock', 'warning', apart > 5, format('The clocks of the database and of this machine are %s s apart: keep both by NTP, because times are compared.', apart)),
  ('pooler', 'warning', $2::boolean, 'The verifier is behind a pooler in transaction mode and hears no notification, so revocations take up to a quarter of a lease longer: set RESCIND_LISTEN_URL to an address past it.')
) AS finding ("check", severity, holds, sentence) WHERE holds`;

/** What some engines refuse, and what is then so. */
const CALLS: readonly (readonly [Finding['severity'], string, string])[] = [
  ['error', 'SELECT FROM pg_control_system()', 'it cannot be told from another'],
  ['error', `SELECT pg_logical_emit_message(true, 'rescind', '')`, 'no repeated revocation can be confirmed'],
  ['warning', 'SELECT pg_current_wal_lsn()', 'its timeline is unknown (Aurora: rds.logical_replication = 1)'],
];

/** Asks the database of DATABASE_URL what the service needs to know of it. The errors come first. */
export async function examineDatabase(): Promise<Finding[]> {
  const { url, listenUrl, poolMax } = databaseConfig();
  const session = new ResilientClient({ connectionString: url, connectionTimeoutMillis: CONNECT_MS_MAX });
  try {
    await session.connect();
    const { rows: names } = await session.query<{ version: string }>('SELECT version()');
    demandPostgres(names[0]?.version ?? '');
    await detectPooler(url);
    const asked = [
      workerCount() * (poolMax + SESSIONS_BESIDE),
      behindPooler() && listenUrl === url,
      new Date(),
    ];
    const { rows } = await session.query<Finding>(FINDINGS, asked);
    for (const [severity, statement, effect] of CALLS) {
      const why = await session.query(statement).then(() => null, String);
      const sentence = `The database refuses ${statement} (${why}), so ${effect}: allow it.`;
      if (why !== null) rows.push({ check: 'functions', severity, sentence });
    }
    const { rows: replication } = await session.query<Replication>(REPLICATION);
    const sentence = replicationProblem(replication[0] as Replication);
    if (sentence !== null) rows.push({ check: 'replication', severity: 'warning', sentence });
    return rows.sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const why = `The database cannot be asked (${String(error)}): check the address, the user and its password.`;
    const sentence = error instanceof SchemaNotReady ? error.message : why;
    return [{ check: 'engine', severity: 'error', sentence }];
  } finally {
    await session.end().catch(() => undefined);
  }
}

export interface Replication {
  standbys: number;
  /** Whether the loss of the primary can take what was acknowledged with it, although there are standbys; null: cannot be told. */
  is_lossy: boolean | null;
}

/**
 * How the server replicates, in SQL. A standby streams and reports what it has replayed, unlike `pg_receivewal`, and is no logical
 * subscription. Without the rights of pg_read_all_stats nothing is shown of a walsender but that it is there.
 */
export const REPLICATION = `
SELECT standbys, CASE WHEN synchronous THEN false WHEN standbys > 0 THEN true WHEN unseen THEN NULL ELSE false END AS is_lossy
FROM (SELECT (count(*) FILTER (WHERE is_standby))::int AS standbys, coalesce(bool_or(state IS NULL), false) AS unseen,
    coalesce(bool_or(sync_state IN ('sync', 'quorum')) FILTER (WHERE is_standby), false) AS synchronous
  FROM (SELECT state, sync_state, state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL AND NOT EXISTS (
      SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical') AS is_standby
    FROM pg_stat_replication r) AS walsender) AS seen`;

/** What is wrong with it, in one sentence with the way out; null: nothing. */
export function replicationProblem({ is_lossy: isLossy, standbys }: Replication): string | null {
  if (isLossy === null)
    return 'Whether standbys are synchronous cannot be told: GRANT pg_read_all_stats TO rescind_app.';
  return isLossy
    ? `No standby of ${standbys} is synchronous, so a failover can lose revocations that were acknowledged: set synchronous_standby_names (Patroni: synchronous_mode and synchronous_mode_strict; CloudNativePG: dataDurability: required).`
    : null;
}
