import type pg from 'pg';
import { identify, type DatabaseIdentity } from '../database/database-identity.js';
import type { Prepared } from '../database/prepared.js';
import { withSettings } from '../database/session-settings.js';
import { GENERIC_PLAN_SETTINGS } from './generic-plan-settings.js';

interface VerifierSessionOptions {
  url: string;
  /** The setting that the address comes from, for errors. */
  variable: string;
  role: string | undefined;
  synchronousCommit: string;
  /** Notifications do not pass a pooler: the verifier polls for new entries. */
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
    private readonly variable: string,
    /** The database that it is in, as it said when it was last asked. */
    public database: DatabaseIdentity,
  ) {}

  /** @throws UnusableDatabase on a standby */
  static async open(options: VerifierSessionOptions): Promise<VerifierSession> {
    const { Client, ...settled } = withSettings(
      options.url,
      {
        ...GENERIC_PLAN_SETTINGS,
        synchronous_commit: options.synchronousCommit,
        role: options.role,
        // A round that waits for a hanging standby locks the verifier's row: rounds of later sessions must not queue
        // behind it.
        lock_timeout: options.timeoutMs / 2,
      },
      options.pooler,
    );
    const client = new Client({
      ...settled,
      application_name: 'rescind-verifier',
      connectionTimeoutMillis: options.timeoutMs,
      query_timeout: options.timeoutMs,
    });
    client.on('error', options.onEnd);
    client.on('end', options.onEnd);
    client.on('notification', (message) => options.onNotification(message.payload ?? ''));
    try {
      await client.connect();
      const database = await identify(client, options.variable);
      if (!options.pooler) await client.query('LISTEN rescind_feed');
      return new VerifierSession(client, options.variable, database);
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
  }

  /** Asks which server it has reached: behind a pooler this may change. @throws UnusableDatabase on a standby */
  async locate(): Promise<DatabaseIdentity> {
    return (this.database = await identify(this.client, this.variable));
  }

  async query<Row extends pg.QueryResultRow>(statement: Prepared, values: unknown[]): Promise<Row[]> {
    return (await this.client.query<Row>({ ...statement, values })).rows;
  }

  /** Drops the connection without waiting for the server. */
  drop(): void {
    this.client.removeAllListeners();
    this.client.on('error', () => undefined);
    void this.client.end().catch(() => undefined);
  }
}
