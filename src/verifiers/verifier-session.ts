import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type pg from 'pg';
import { newId } from '../common/new-id.js';
import { databaseConfig } from '../config/database.config.js';
import { revocationConfig } from '../config/revocation.config.js';
import { identify } from '../database/database-identity.js';
import { behindPooler } from '../database/pooler.js';
import type { Prepared } from '../database/prepared.js';
import { dropSilentSessions, isSilence } from '../database/resilient-client.js';
import { databaseRole } from '../database/service-user.js';
import { withSettings } from '../database/session-settings.js';
import type { DatabaseIdentity } from '../lease/database-identity.js';
import type {
  Beat,
  Feed,
  FeedListener,
  FeedSession,
  NewsEntry,
  NewsRow,
  RegisteredRow,
  RoundRow,
} from '../lease/ports.js';
import {
  DEREGISTER,
  GENERIC_PLAN_SETTINGS,
  MARK_SERVER_RUN,
  NEXT_PAGE,
  PEEK,
  REGISTER,
  ROUND,
} from './registry.sql.js';

interface VerifierSessionOptions {
  url: string;
  /** The setting that the address comes from, for errors. */
  variable: string;
  role: string | undefined;
  synchronousCommit: string;
  /** Notifications do not pass a pooler: the verifier polls for new entries. */
  pooler: boolean;
  timeoutMs: number;
  listener: FeedListener;
}

/** The one dedicated connection of a verifier: it listens, and carries the heartbeats. */
export class VerifierSession implements FeedSession {
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
    const { listener } = options;
    client.on('error', () => listener.onEnd());
    client.on('end', () => listener.onEnd());
    client.on('notification', ({ payload = '' }) => listener.onNotification(payload));
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

  async register(leaseMs: number, formerId: string | undefined): Promise<RegisteredRow | undefined> {
    await this.query(MARK_SERVER_RUN, []);
    return this.query(REGISTER, [newId(), leaseMs, `${hostname()}:${process.pid}`, formerId]);
  }

  beat(beat: Beat): Promise<RoundRow | undefined> {
    const { id, round, confirmed, applied, serverRun, durable, clientVerifiers } = beat;
    return this.query(ROUND, [id, round, confirmed, serverRun, durable, applied, clientVerifiers]);
  }

  peek(applied: string, serverRun: string): Promise<RoundRow | undefined> {
    return this.query(PEEK, [applied, serverRun]);
  }

  nextPage(
    applied: string,
    until: string,
    { xid, id }: NewsEntry,
    serverRun: string,
  ): Promise<NewsRow | undefined> {
    return this.query(NEXT_PAGE, [applied, until, xid, id, serverRun]);
  }

  async deregister(id: string): Promise<void> {
    await this.query(DEREGISTER, [id]);
  }

  /** The first row. */
  async query<Row extends object>(statement: Prepared, values: unknown[]): Promise<Row | undefined> {
    const { rows } = await this.client.query<Row & pg.QueryResultRow>({ ...statement, values });
    return rows[0];
  }

  /** Drops the connection without waiting for the server. */
  drop(): void {
    this.client.removeAllListeners();
    this.client.on('error', () => undefined);
    void this.client.end().catch(() => undefined);
  }
}

/** The way to the feed in PostgreSQL. */
@Injectable()
export class PostgresFeed implements Feed {
  constructor(
    @Inject(revocationConfig.KEY) private readonly config: ConfigType<typeof revocationConfig>,
    @Inject(databaseConfig.KEY) private readonly database: ConfigType<typeof databaseConfig>,
  ) {}

  get hasOwnAddress(): boolean {
    return this.database.listenUrl !== this.database.url;
  }

  isSilence(error: unknown): boolean {
    return isSilence(error);
  }

  dropSilentSessions(sinceMs: number): void {
    dropSilentSessions(sinceMs);
  }

  open(listener: FeedListener): Promise<FeedSession> {
    return VerifierSession.open({
      url: this.database.listenUrl,
      variable: this.hasOwnAddress ? 'RESCIND_LISTEN_URL' : 'DATABASE_URL',
      role: databaseRole(),
      synchronousCommit: this.database.synchronousCommit,
      pooler: !this.hasOwnAddress && behindPooler(),
      timeoutMs: Math.max(this.config.leaseMs * 2, 1000),
      listener,
    });
  }
}
