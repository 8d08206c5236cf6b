import type pg from 'pg';
import type { Prepared } from '../database/prepared.js';
import { KEEP_ALIVE_AFTER_MS } from '../database/resilient-client.js';
import { withSettings } from '../database/session-settings.js';
import { PLANNED_ONCE } from './planned-once.js';
import { LINEAGE } from './registry.sql.js';

export interface VerifierSessionOptions {
  url: string;
  role: string | undefined;
  synchronousCommit: string;
  /** Notifications do not come through a pooler: the verifier finds its news by asking. */
  pooler: boolean;
  timeoutMs: number;
  /** Called for each notification with its payload. */
  onNotification: (payload: string) => void;
  /** Called when the connection is lost. */
  onEnd: () => void;
}

/** The one dedicated connection of a verifier: it listens, and carries the heartbeats. */
export class VerifierSession {
  private constructor(
    private readonly client: pg.Client,
    /** Which line of history the server is on. */
    readonly lineage: string,
  ) {}

  static async open(options: VerifierSessionOptions): Promise<VerifierSession> {
    const { Client, ...settled } = withSettings(
      {
        ...PLANNED_ONCE,
        synchronous_commit: options.synchronousCommit,
        role: options.role,
        // A round that hangs at a standby holds the verifier's row: those of later sessions must not queue behind it.
        lock_timeout: options.timeoutMs / 2,
      },
      options.pooler,
    );
    const client = new Client({
      ...settled,
      connectionString: options.url,
      application_name: 'rescind-verifier',
      connectionTimeoutMillis: options.timeoutMs,
      query_timeout: options.timeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    });
    client.on('error', options.onEnd);
    client.on('end', options.onEnd);
    client.on('notification', (message) => options.onNotification(message.payload ?? ''));
    try {
      await client.connect();
      if (!options.pooler) await client.query('LISTEN rescind_feed');
      const { rows } = await client.query<{ lineage: string }>(LINEAGE);
      return new VerifierSession(client, rows[0]?.lineage ?? '');
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
  }

  async query<Row extends pg.QueryResultRow>(statement: Prepared, values: unknown[]): Promise<Row[]> {
    return (await this.client.query<Row>({ ...statement, values })).rows;
  }

  /** Gives the connection up without waiting for the server. */
  drop(): void {
    this.client.removeAllListeners();
    this.client.on('error', () => undefined);
    void this.client.end().catch(() => undefined);
  }
}
