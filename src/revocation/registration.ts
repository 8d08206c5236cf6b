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
  /** Whether there was anything to forget. */
  hadNews: boolean;
}

/** Forgets `entries`; null: everything, because entries may have been missed. */
type Forget = (entries: News[] | null) => void;

/**
 * A verifier's row in the registry and its position in the feed. The position is the snapshot whose feed
 * entries have all been applied; each round confirms it, but for what is held back, and reads what has become visible since.
 */
export class Registration {
  private rounds = 0;

  private constructor(
    readonly id: string,
    /** The database that it was made in. */
    readonly databaseId: string,
    /** The run of the server that it was made on, and on which alone its position means anything. */
    readonly serverRun: string,
    private epoch: string,
    private position: Snapshot,
  ) {}

  /** Starts from nothing: the caller must empty its memory after this and before it trusts it. */
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

  /** The snapshot up to which the memory of this process has forgotten all there was to forget. */
  get applied(): Snapshot {
    return this.position;
  }

  /** The round that the row in the registry is known to have come to. */
  get round(): number {
    return this.rounds;
  }

  /**
   * Sends one round and has its news forgotten before the position moves on.
   * @param durable whether it may earn a lease; one that may not waits for no disk
   * @param clientVerifiers how many hang on this process
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
   * Reads the news and has them forgotten before the position moves on; the next round will confirm that.
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
    return { sentAt, databaseMs: row.now_ms, hadNews };
  }

  /** Has forgotten what is visible in `snapshot` and was not before, page by page. @returns false to start over */
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
