import type { DynamicModule } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { databaseConfig } from '../config/database.config.js';
import { databaseRole } from '../database/service-role.js';
import { dataSourceOptions } from '../database/data-source-options.js';
import {
  defaultSessions,
  LANE_SESSIONS,
  REVOKE_LANE,
  VERIFY_LANE,
  VERIFY_LANE_SETTINGS,
} from '../database/lanes.js';
import { ReachedDatabase } from '../database/reached-database.js';
import { ReachedDatabaseModule } from '../database/reached-database.module.js';
import { ENTITIES } from './entities.js';

type DatabaseConfig = ConfigType<typeof databaseConfig>;

/** One pool for each lane: what they are for, `database/lanes.ts` says. Together they are RESCIND_DATABASE_POOL sessions. */
export const DATABASE_SESSIONS: DynamicModule[] = [
  sessions(undefined, ({ poolMax }) => defaultSessions(poolMax)),
  sessions(REVOKE_LANE, () => LANE_SESSIONS.revoke),
  sessions(VERIFY_LANE, () => LANE_SESSIONS.verify),
];

function sessions(lane: string | undefined, poolMaxOf: (config: DatabaseConfig) => number): DynamicModule {
  return TypeOrmModule.forRootAsync({
    ...(lane === undefined ? {} : { name: lane }),
    imports: [ReachedDatabaseModule, ConfigModule.forFeature(databaseConfig)],
    inject: [databaseConfig.KEY, ReachedDatabase],
    useFactory: (config: DatabaseConfig, reached: ReachedDatabase): TypeOrmModuleOptions => ({
      ...dataSourceOptions({
        ...config,
        lane,
        poolMax: poolMaxOf(config),
        role: databaseRole(),
        admit: (session) => reached.admit(session),
        ...(lane === VERIFY_LANE ? VERIFY_LANE_SETTINGS : {}),
      }),
      entities: lane === VERIFY_LANE ? [] : ENTITIES,
      retryAttempts: 0,
    }),
  });
}
