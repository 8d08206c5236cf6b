import type { DynamicModule } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { sessionsOf } from '../admission/sessions.js';
import { AuditEventRow, AuditHead } from '../audit/trail/audit-event.entity.js';
import { databaseConfig } from '../config/database.config.js';
import { dataSourceOptions } from '../database/data-source-options.js';
import { REVOKE_LANE, VERIFY_LANE, VERIFY_LANE_SETTINGS } from '../database/lanes.js';
import { ReachedDatabase, ReachedDatabaseModule } from '../database/reached-database.js';
import { databaseRole } from '../database/service-user.js';
import { IdentityTokenAuth } from '../dialects/infisical/token-auth/identity-token-auth.entity.js';
import { Business } from '../directory/businesses/business.entity.js';
import { Identity } from '../directory/identities/identity.entity.js';
import { Member, MemberAccount } from '../directory/members/member.entity.js';
import { Token } from '../token-rows/token.entity.js';

/** Every entity; what the schema check compares the migrated database with. */
export const ENTITIES = [
  Business,
  Member,
  MemberAccount,
  Identity,
  IdentityTokenAuth,
  Token,
  AuditEventRow,
  AuditHead,
];

type DatabaseConfig = ConfigType<typeof databaseConfig>;

/** One pool for each lane: what they are for, `database/lanes.ts` says, and how many sessions each has, `admission/sessions.ts`. Together they are RESCIND_DATABASE_POOL sessions. */
export const DATABASE_SESSIONS: DynamicModule[] = [
  sessions(undefined, 'default'),
  sessions(REVOKE_LANE, 'revoke'),
  sessions(VERIFY_LANE, 'verify'),
];

function sessions(lane: string | undefined, share: keyof ReturnType<typeof sessionsOf>): DynamicModule {
  return TypeOrmModule.forRootAsync({
    ...(lane === undefined ? {} : { name: lane }),
    imports: [ReachedDatabaseModule],
    inject: [databaseConfig.KEY, ReachedDatabase],
    useFactory: (config: DatabaseConfig, reached: ReachedDatabase): TypeOrmModuleOptions => ({
      ...dataSourceOptions({
        ...config,
        lane,
        poolMax: sessionsOf(config.poolMax)[share],
        role: databaseRole(),
        admit: (session) => reached.admit(session),
        ...(lane === VERIFY_LANE ? VERIFY_LANE_SETTINGS : {}),
      }),
      entities: lane === VERIFY_LANE ? [] : ENTITIES,
      retryAttempts: 0,
    }),
  });
}
