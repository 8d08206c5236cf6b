import type { DataSourceOptions } from 'typeorm';
import { MIGRATIONS } from './migrations/migrations.js';

export interface ConnectionSettings {
  url: string;
  poolMax: number;
  /** Role the sessions take on; undefined: the user's own. */
  role?: string | undefined;
}

/** The one description of the database: of the running service, of the migrations and of ormconfig.ts. */
export function dataSourceOptions({ url, poolMax, role }: ConnectionSettings): DataSourceOptions {
  const startup = ['-c rescind.nudges=caller', ...(role === undefined ? [] : [`-c role=${role}`])];
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
      application_name: 'rescind',
      options: startup.join(' '),
      connectionTimeoutMillis: 3000,
      query_timeout: 15_000,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
    },
  };
}
