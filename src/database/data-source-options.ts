import type { DataSourceOptions } from 'typeorm';
import { MIGRATIONS } from './migrations/migrations.js';
import { KEEP_ALIVE_AFTER_MS, ResilientClient } from './resilient-client.js';

export interface ConnectionSettings {
  url: string;
  poolMax: number;
  /** Role the sessions take on; undefined: the user's own. */
  role?: string | undefined;
  /** `synchronous_commit` of its transactions; undefined: as the server is configured. */
  synchronousCommit?: string;
  /** After this a statement that waits for a lock fails, so that no request hangs behind an operator's transaction. */
  lockTimeoutMs?: number;
  /** After this a query is given up, as over a connection that hangs; undefined: never, a migration takes its time. */
  queryTimeoutMs?: number;
}

/**
 * Statements are prepared once a session, some of them while a table is nearly empty. A plan that reads it from end
 * to end would be kept as it grows, until autovacuum looks at it (docs/performance.md).
 */
const PLANS_BY_INDEX = '-c enable_seqscan=off';

/** The one description of the database: of the running service, of the migrations and of ormconfig.ts. */
export function dataSourceOptions(settings: ConnectionSettings): DataSourceOptions {
  const { url, poolMax, role, synchronousCommit, lockTimeoutMs, queryTimeoutMs } = settings;
  // No statement_timeout: it would also end the wait for a synchronous standby, and call that a success.
  const startup = [
    '-c rescind.nudges=caller',
    PLANS_BY_INDEX,
    ...(role === undefined ? [] : [`-c role=${role}`]),
    ...(synchronousCommit === undefined ? [] : [`-c synchronous_commit=${synchronousCommit}`]),
    ...(lockTimeoutMs === undefined ? [] : [`-c lock_timeout=${lockTimeoutMs}`]),
  ];
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
      Client: ResilientClient,
      application_name: 'rescind',
      options: startup.join(' '),
      connectionTimeoutMillis: 3000,
      ...(queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs }),
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    },
  };
}
