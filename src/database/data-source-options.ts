import type { DataSourceOptions } from 'typeorm';
import { identify } from './database-identity.js';
import { MIGRATIONS } from './migrations/migrations.js';
import { behindPooler } from './pooler.js';
import type { ResilientClient } from './resilient-client.js';
import { ROW_ACCESS_SETTING, type RowAccess } from './row-access.js';
import { withSettings, type SessionSettings } from './session-settings.js';

interface ConnectionSettings {
  url: string;
  poolMax: number;
  /** How many sessions are always kept open; undefined: sessions are opened when they are needed. */
  lane?: string | undefined;
  /** Role that the sessions set; undefined: that of the user. */
  role?: string | undefined;
  /** Whose rows its statements may read and write if they do not say so themselves; undefined: nobody's. */
  rowAccess?: RowAccess | undefined;
  /**
   * Whether its statements are planned once per session, by index, and not for each call: for lanes with few
   * statements that are all prepared. Their parameters differ so much from what the planner expects that it would
   * plan again for each call, which takes several times as long as the look-up.
   */
  plansOnce?: boolean;
  /** Whether `url` is the address of a pooler; undefined: as for DATABASE_URL. */
  pooler?: boolean;
  /** `synchronous_commit` of its transactions; undefined: as the server is configured. */
  synchronousCommit?: string;
  /**
   * After this time a statement that waits for a lock fails, so that no request waits for an operator's transaction
   * without end.
   */
  lockTimeoutMs?: number;
  /**
   * After this time a query fails, for example because the connection does not respond; undefined: never, since a
   * migration may take long.
   */
  queryTimeoutMs?: number;
  /** After this time the server ends a transaction in which no statement is sent; undefined: never. */
  idleInTransactionMs?: number;
  /**
   * Checks each new session; if it rejects, whoever asked for the session gets that error. By default, a standby is
   * refused.
   */
  admit?: (session: ResilientClient) => Promise<unknown>;
}

/** The options of every DataSource: of the running service, of the migrations and of ormconfig.ts. */
export function dataSourceOptions(settings: ConnectionSettings): DataSourceOptions {
  const {
    url,
    poolMax,
    lane,
    role,
    synchronousCommit,
    lockTimeoutMs,
    queryTimeoutMs,
    idleInTransactionMs,
    admit = (session: ResilientClient) => identify(session, 'DATABASE_URL'),
  } = settings;
  const pooler = settings.pooler ?? behindPooler();
  const session: SessionSettings = {
    'rescind.nudges': 'caller',
    // Set even if it is nobody's: a pooler passes on what another client has set, and a database may have a default.
    [ROW_ACCESS_SETTING]: settings.rowAccess ?? '',
    // Statements are prepared once per session, some of them while a table is nearly empty. A plan with a sequential
    // scan would stay in use while the table grows, until autovacuum analyses it (docs/performance.md).
    enable_seqscan: 'off',
    // Without an index, this makes a plan of PostgreSQL before 18 look so expensive that JIT would compile it.
    jit: 'off',
    plan_cache_mode: settings.plansOnce === true ? 'force_generic_plan' : undefined,
    role,
    synchronous_commit: synchronousCommit,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs ?? 0,
  };
  return {
    type: 'postgres',
    url,
    migrations: MIGRATIONS,
    migrationsTableName: 'migrations',
    synchronize: false,
    migrationsRun: false,
    logging: false,
    poolSize: poolMax,
    installExtensions: false,
    extra: {
      ...withSettings(url, session, pooler),
      onConnect: admit,
      application_name: lane === undefined ? 'rescind' : `rescind-${lane}`,
      min: lane === undefined ? 0 : poolMax,
      connectionTimeoutMillis: 3000,
      ...(queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs }),
    },
  };
}
