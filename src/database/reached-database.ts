import { Injectable } from '@nestjs/common';
import { identify, UnusableDatabase, type DatabaseIdentity } from './database-identity.js';
import type { ResilientClient } from './resilient-client.js';

/**
 * The one database that all sessions of this process must be in: what a transaction of one session did is waited for,
 * looked up and listened to over others. Which one it is, the verifier says, having compared the sessions that it has.
 */
@Injectable()
export class ReachedDatabase {
  private agreed: DatabaseIdentity | null = null;
  private last: DatabaseIdentity | null = null;
  private readonly sessions = new Map<ResilientClient, string>();
  private changes = 0;
  /** Called when a new session has reached another database than the others. */
  onOther: () => void = () => undefined;

  /** Grows when sessions that were in use turn out to have been in another database. */
  get revision(): number {
    return this.changes;
  }

  /**
   * Lets a new session of a pool in.
   * @throws UnusableDatabase when it has reached a standby, or another database than the sessions that there are
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

  /** From now on sessions are in this database: those in another one are ended. */
  settle(database: DatabaseIdentity): void {
    const others = [...this.sessions].filter(([, id]) => id !== database.id);
    if (others.length > 0 || (this.last !== null && this.last.id !== database.id)) this.changes++;
    this.agreed = this.last = database;
    for (const [session] of others) session.drop();
  }

  /** It has to be found out anew which database the sessions are in. */
  unsettle(): void {
    this.agreed = null;
  }
}
