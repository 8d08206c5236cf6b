import type { DataSourceOptions } from 'typeorm';
import { identify } from './database-identity.js';
import { MIGRATIONS } from './migrations/migrations.js';
import { behindPooler } from './pooler.js';
import { KEEP_ALIVE_AFTER_MS, type ResilientClient } from './resilient-client.js';
import { ROW_ACCESS_SETTING, type RowAccess } from './row-access.js';
import { withSettings, type SessionSettings } from './session-settings.js';

interface ConnectionSettings {
  url: string;
  poolMax: number;
  /** Of sessions that are kept open for it; undefined: made when they are needed. */
  lane?: string | undefined;
  /** Role the sessions take on; undefined: the user's own. */
  role?: string | undefined;
  /** Whose rows its statements may see and write where they say nothing of it; undefined: nobody's. */
  rowAccess?: RowAccess | undefined;
  /**
   * Whether its statements are planned once a session, by index, and not for each call: for lanes of few statements that all
   * are prepared. What they ask for differs so much from what the planner expects of parameters that it would never stop
   * planning, which takes several times as long as the look-up.
   */
  plansOnce?: boolean;
  /** Whether `url` leads through a pooler; undefined: as DATABASE_URL does. */
  pooler?: boolean;
  /** `synchronous_commit` of its transactions; undefined: as the server is configured. */
  synchronousCommit?: string;
  /** After this a statement that waits for a lock fails, so that no request hangs behind an operator's transaction. */
  lockTimeoutMs?: number;
  /** After this a query is given up, as over a connection that hangs; undefined: never, a migration takes its time. */
  queryTimeoutMs?: number;
  /** After this the server ends a transaction in which nothing is asked; undefined: never. */
  idleInTransactionMs?: number;
  /** Asked of each new session; whoever wanted one gets its refusal. Unless said otherwise, a standby is refused. */
  admit?: (session: ResilientClient) => Promise<void>;
}

/** The one description of the database: of the running service, of the migrations and of ormconfig.ts. */
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
    admit = refuseStandby,
  } = settings;
  const pooler = settings.pooler ?? behindPooler();
  const session: SessionSettings = {
    'rescind.nudges': 'caller',
    // Also where it is nobody's: a pooler hands on what somebody has set, and a database may have a default.
    [ROW_ACCESS_SETTING]: settings.rowAccess ?? '',
    // Statements are prepared once a session, some of them while a table is nearly empty. A plan that reads it from
    // end to end would be kept as it grows, until autovacuum looks at it (docs/performance.md).
    enable_seqscan: 'off',
    // Where there is no index, that makes a plan of PostgreSQL before 18 look so costly that it would be compiled.
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
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    },
  };
}

async function refuseStandby(session: ResilientClient): Promise<void> {
  await identify(session, 'DATABASE_URL');
}
