import { newId } from '../common/new-id.js';
import type { FeedKind } from './cache-invalidation.js';
import type { News } from './client-verifiers/news.js';
import { thisMoment, type Moment } from './monotonic.js';
import {
  ENTRIES_PER_PAGE,
  NEXT_PAGE,
  PAGES_MAX,
  PEEK,
  type NewsEntry,
  type NewsRow,
  type RoundRow,
} from './news.sql.js';
import { REGISTER, ROUND } from './registry.sql.js';
import { MARK_SERVER_RUN } from './server-run.sql.js';
import { parseSnapshot, type Snapshot } from './snapshot.js';
import type { VerifierSession } from './verifier-session.js';

export interface Round {
  /** When the round was sent; the lease counts from here. */
  sentAt: Moment;
  databaseMs: number;
  /** Of all verifiers that have registered lately, gone or not. */
  longestLeaseMs: number;
  /** Whether there was anything to forget. */
  hadNews: boolean;
}

/** Forgets `entries`; null: everything, because entries may have been missed. */
type Forget = (entries: News[] | null) => void;

/**
 * A verifier's row in the registry and its position in the feed. The position is the snapshot whose feed entries have
 * all been applied. Each round confirms it, except for what is held back, and reads what has become visible since.
 */
export class Registration {
  private rounds = 0;

  private constructor(
    readonly id: string,
    /** The database that it was made in. */
    readonly databaseId: string,
    /** The run of the server on which it was made. Its position is valid only on this run. */
    readonly serverRun: string,
    private epoch: string,
    private position: Snapshot,
  ) {}

  /** Starts over: the caller must empty its memory after this call and before it trusts it. */
  static async make(session: VerifierSession, leaseMs: number, description: string): Promise<Registration> {
    const id = newId();
    await session.query(MARK_SERVER_RUN, []);
    const [row] = await session.query<{ applied: string; epoch: string; server_run: string | null }>(
      REGISTER,
      [id, leaseMs, description],
    );
    if (row === undefined || row.server_run === null)
      throw new Error('the verifier registry did not take the registration');
    return new Registration(id, session.database.id, row.server_run, row.epoch, parseSnapshot(row.applied));
  }

  /** The snapshot up to which the memory of this process has applied all feed entries. */
  get applied(): Snapshot {
    return this.position;
  }

  /** The latest round that is known to be in the row of the registry. */
  get round(): number {
    return this.rounds;
  }

  /**
   * Sends one round, and lets the memory forget the new entries before the position moves on.
   * @param durable whether it may earn a lease; a round that may not does not wait for the disk
   * @param clientVerifiers how many are connected to this process
   * @param confirmed what to confirm, if not all that has been applied
   * @returns null when the registration is gone or the feed has been set back: start over.
   */
  async beat(
    session: VerifierSession,
    durable: boolean,
    forget: Forget,
    clientVerifiers = 0,
    confirmed: Snapshot = this.position,
  ): Promise<Round | null> {
    const sentAt = thisMoment();
    const [row] = await session.query<RoundRow & Record<string, unknown>>(ROUND, [
      this.id,
      this.rounds,
      confirmed.text,
      this.serverRun,
      durable,
      this.position.text,
      clientVerifiers,
    ]);
    if (row === undefined) return null;
    this.rounds++;
    return this.take(session, row, sentAt, forget);
  }

  /**
   * Reads the new entries, and lets the memory forget them before the position moves on; the next round confirms this.
   * @returns null when the feed has been set back, or is another server's: start over.
   */
  async peek(session: VerifierSession, forget: Forget): Promise<Round | null> {
    const sentAt = thisMoment();
    const [row] = await session.query<RoundRow & Record<string, unknown>>(PEEK, [
      this.position.text,
      this.serverRun,
    ]);
    return row === undefined ? null : this.take(session, row, sentAt, forget);
  }

  private async take(
    session: VerifierSession,
    row: RoundRow,
    sentAt: Moment,
    forget: Forget,
  ): Promise<Round | null> {
    const snapshot = parseSnapshot(row.snapshot);
    if (snapshot.max < this.position.max) return null;
    const hadNews = row.entries !== null || row.epoch !== this.epoch;
    if (!(await this.forgetAll(session, row, snapshot, forget))) return null;
    this.position = snapshot;
    return { sentAt, databaseMs: row.now_ms, longestLeaseMs: row.longest_lease_ms, hadNews };
  }

  /**
   * Lets the memory forget, page by page, what is visible in `snapshot` and was not before. @returns false to start over
   */
  private async forgetAll(
    session: VerifierSession,
    first: NewsRow,
    snapshot: Snapshot,
    forget: Forget,
  ): Promise<boolean> {
    let page: NewsRow | undefined = first;
    for (let pages = 1; ; pages++) {
      const entries: NewsEntry[] = page.entries ?? [];
      const missed =
        page.epoch !== this.epoch || (pages === PAGES_MAX && entries.length === ENTRIES_PER_PAGE);
      if (missed) forget(null);
      else if (entries.length > 0) forget(entries.map(newsOf));
      this.epoch = page.epoch;
      const last = entries.at(-1);
      if (missed || last === undefined || entries.length < ENTRIES_PER_PAGE) return true;
      [page] = await session.query<NewsRow & Record<string, unknown>>(NEXT_PAGE, [
        this.position.text,
        snapshot.text,
        last.xid,
        last.id,
        this.serverRun,
      ]);
      if (page === undefined) return false;
    }
  }
}

function newsOf({ kind, subject, xid }: NewsEntry): News {
  return { kind: kind as FeedKind, subject, transaction: BigInt(xid) };
}
