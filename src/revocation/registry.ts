import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import pg from 'pg';
import { databaseConfig } from '../config/database.config.js';
import { revocationConfig } from '../config/revocation.config.js';
import { databaseRole } from '../database/service-role.js';
import { behindPooler } from '../database/pooler.js';
import { KEEP_ALIVE_AFTER_MS } from '../database/resilient-client.js';
import { withSettings } from '../database/session-settings.js';
import { PLANNED_ONCE } from './planned-once.js';
import { EXPEL, READ_REGISTRY, type RegistryReading, type RegistryRow } from './registry.sql.js';

const IDLE_MS = 60_000;

/**
 * The registered verifiers, as the database knows them. Read over a session of its own: a revocation that has been
 * committed must not wait for its turn behind requests, nor behind a lock that holds up the whole pool.
 */
@Injectable()
export class Registry implements OnApplicationShutdown {
  private readonly session: pg.Pool;

  constructor(
    @Inject(databaseConfig.KEY) database: ConfigType<typeof databaseConfig>,
    @Inject(revocationConfig.KEY) revocation: ConfigType<typeof revocationConfig>,
  ) {
    const timeoutMs = Math.max(revocation.leaseMs, 1000);
    this.session = new pg.Pool({
      connectionString: database.url,
      ...withSettings(
        { ...PLANNED_ONCE, synchronous_commit: database.synchronousCommit, role: databaseRole() },
        behindPooler(),
      ),
      max: 1,
      application_name: 'rescind-registry',
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      idleTimeoutMillis: IDLE_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      allowExitOnIdle: true,
    });
    this.session.on('error', () => undefined);
  }

  /** All verifiers but `ownId`, and what they lack of `transactions`; wakes them when `nudge`. */
  async read(ownId: string, transactions: string[], nudge: boolean): Promise<RegistryReading> {
    const { rows } = await this.session.query<RegistryReading>({
      ...READ_REGISTRY,
      values: [ownId, transactions, nudge],
    });
    return rows[0] as RegistryReading;
  }

  /** @returns false when the verifier has moved on, or is being renewed at this moment. */
  async expel(row: RegistryRow): Promise<boolean> {
    const { rowCount } = await this.session.query({ ...EXPEL, values: [row.id, row.round] });
    return rowCount === 1;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.session.end().catch(() => undefined);
  }
}
