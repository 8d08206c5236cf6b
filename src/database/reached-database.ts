import { Injectable, Module } from '@nestjs/common';
import { type DatabaseIdentity, UnusableDatabase } from '../lease/database-identity.js';
import type { Reached } from '../lease/ports.js';
import { identify } from './database-identity.js';
import type { ResilientClient } from './resilient-client.js';

/**
 * The one database that all sessions of this process must be connected to: what one session commits is waited for,
 * read and listened to in others. The verifier decides which one it is, after comparing its sessions.
 */
@Injectable()
export class ReachedDatabase implements Reached {
  private agreed: DatabaseIdentity | null = null;
  private last: DatabaseIdentity | null = null;
  private readonly sessions = new Map<ResilientClient, string>();
  /** Increases when it is found that sessions in use were connected to another database, or that theirs was set back. */
  revision = 0;
  /** Called when a new session is connected to another database than the others. */
  onOther: () => void = () => undefined;

  /**
   * Checks a new session of a pool.
   * @throws UnusableDatabase if it is connected to a standby, or to another database than the existing sessions
   */
  async admit(session: ResilientClient): Promise<void> {
    const { id } = await identify(session, 'DATABASE_URL');
    if (this.agreed !== null && this.agreed.id !== id) {
      this.onOther();
      throw new UnusableDatabase('DATABASE_URL has begun to lead to another database.');
    }
    this.sessions.set(session, id);
    session.once('end', () => this.sessions.delete(session));
  }

  /** From now on sessions must be connected to this database; those that are connected to another are ended. */
  settle(database: DatabaseIdentity): void {
    const others = [...this.sessions].filter(([, id]) => id !== database.id);
    if (others.length > 0 || (this.last !== null && this.last.id !== database.id)) this.revision++;
    this.agreed = this.last = database;
    for (const [session] of others) session.drop();
  }

  /** It has to be determined again which database the sessions are connected to. */
  unsettle(): void {
    this.agreed = null;
  }
}

/** Separate from DatabaseModule, whose providers need the sessions that are checked here. */
@Module({ providers: [ReachedDatabase], exports: [ReachedDatabase] })
export class ReachedDatabaseModule {}
