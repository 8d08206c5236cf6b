import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import pg from 'pg';
import { databaseConfig } from '../config/database.config.js';
import { revocationConfig } from '../config/revocation.config.js';
import { identify } from '../database/database-identity.js';
import { queryPreparedOn } from '../database/prepared.js';
import { EVERY_BUSINESS } from '../database/row-access.js';
import { databaseRole } from '../database/service-user.js';
import { behindPooler } from '../database/pooler.js';
import { ReachedDatabase } from '../database/reached-database.js';
import type { ResilientClient } from '../database/resilient-client.js';
import { withSettings } from '../database/session-settings.js';
import type { DatabaseIdentity } from '../lease/database-identity.js';
import type { Registry, RegistryReading, RegistryRow, UnconfirmedNews } from '../lease/ports.js';
import { EXPEL, GENERIC_PLAN_SETTINGS, READ_REGISTRY, UNCONFIRMED } from './registry.sql.js';

const IDLE_MS = 60_000;

/**
 * The registered verifiers, as the database knows them. Read over a session of its own: a committed revocation must not
 * wait behind requests, nor behind a lock that blocks the whole pool.
 */
@Injectable()
export class PostgresRegistry implements Registry, OnApplicationShutdown {
  private readonly session: pg.Pool;

  constructor(
    @Inject(databaseConfig.KEY) database: ConfigType<typeof databaseConfig>,
    @Inject(revocationConfig.KEY) revocation: ConfigType<typeof revocationConfig>,
    reached: ReachedDatabase,
  ) {
    const timeoutMs = Math.max(revocation.leaseMs, 1000);
    const settings = {
      ...withSettings(
        database.url,
        { ...GENERIC_PLAN_SETTINGS, synchronous_commit: database.synchronousCommit, role: databaseRole() },
        behindPooler(),
      ),
      onConnect: (session: pg.ClientBase) => reached.admit(session as ResilientClient),
      max: 1,
      application_name: 'rescind-registry',
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      idleTimeoutMillis: IDLE_MS,
      allowExitOnIdle: true,
    };
    this.session = new pg.Pool(settings);
    this.session.on('error', () => undefined);
  }

  async locate(): Promise<DatabaseIdentity> {
    if (this.session.totalCount > 0) (await this.session.connect()).release(true);
    const session = await this.session.connect();
    try {
      return await identify(session, 'DATABASE_URL');
    } finally {
      session.release();
    }
  }

  async read(
    ownId: string,
    transactions: string[],
    nudge: boolean,
    awaited: string[],
  ): Promise<RegistryReading> {
    const { rows } = await this.session.query<RegistryReading>({
      ...READ_REGISTRY,
      values: [ownId, transactions, nudge, awaited],
    });
    return rows[0] as RegistryReading;
  }

  unconfirmed(businessIds: readonly (string | null)[]): Promise<UnconfirmedNews[]> {
    const rowAccess = businessIds.includes(null) ? EVERY_BUSINESS : businessIds.join(',');
    return queryPreparedOn<UnconfirmedNews>(this.session, { ...UNCONFIRMED, rowAccess }, []);
  }

  async expel(row: RegistryRow): Promise<boolean> {
    const { rowCount } = await this.session.query({ ...EXPEL, values: [row.id, row.round] });
    return rowCount === 1;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.session.end().catch(() => undefined);
  }
}
