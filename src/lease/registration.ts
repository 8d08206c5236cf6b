import type { FeedKind, News } from './cache-invalidation.js';
import { type Clock, type Moment, momentOf } from './clock.js';
import type { DatabaseIdentity } from './database-identity.js';
import { ENTRIES_PER_PAGE, type FeedSession, type NewsEntry, type NewsRow, type RoundRow } from './ports.js';
import { parseSnapshot, type Snapshot } from './snapshot.js';

/** If there are more pages than this, forgetting everything is cheaper. */
export const PAGES_MAX = 50;

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
  /** The latest that is known to be in the row of the registry. */
  round = 0;
  /** Where the last round was that was committed for good, as a registration is. */
  private durable: { round: number; xmax: bigint };
  private wentBack = false;

  private constructor(
    private readonly clock: Clock,
    readonly id: string,
    /** The database that it was made in. */
    readonly database: DatabaseIdentity,
    /** The run of the server on which it was made. Its position is valid only on this run. */
    readonly serverRun: string,
    private epoch: string,
    /** The snapshot up to which the memory of this process has applied all feed entries. */
    public applied: Snapshot,
    /** The database was found set back, and may lack verifiers that hold a lease. */
    readonly followsSetBack: boolean,
  ) {
    this.durable = { round: 0, xmax: applied.max };
  }

  /**
   * Starts over: the caller must empty its memory after this call and before it trusts it.
   * @param former the last one of this process; null: it is the first
   */
  static async make(
    session: FeedSession,
    clock: Clock,
    leaseMs: number,
    former: Registration | null,
  ): Promise<Registration> {
    const row = await session.register(leaseMs, former?.id);
    if (row === undefined || row.server_run === null)
      throw new Error('the verifier registry did not take the registration');
    const { id, server_run: run, epoch, former_round: formerRound } = row;
    const applied = parseSnapshot(row.applied);
    const followsSetBack = former?.isAheadOf(session.database, run, formerRound, applied.max) ?? false;
    return new Registration(clock, id, session.database, run, epoch, applied, followsSetBack);
  }

  /**
   * Whether this database was set back: it shows less than on the same run of the server, or than it had acknowledged for good.
   * A crash loses confirmations, and gives out anew the ids behind those.
   * @param round of this registration; null: it is not there, as after an expulsion
   */
  private isAheadOf(database: DatabaseIdentity, run: string, round: string | null, xmax: bigint): boolean {
    const known = run === this.serverRun ? { round: this.round, xmax: this.applied.max } : this.durable;
    if (this.wentBack || (round !== null && Number(round) < known.round)) return true;
    const { system, timeline } = this.database;
    const isEarlier = database.timeline !== '' && database.timeline < timeline;
    return database.system === system && (isEarlier || xmax < known.xmax);
  }

  /**
   * Sends one round, and lets the memory forget the new entries before the position moves on.
   * @param durable whether it may earn a lease; a round that may not does not wait for the disk
   * @param clientVerifiers how many are connected to this process
   * @param confirmed what to confirm, if not all that has been applied
   * @returns null when the registration is gone or the feed has been set back: start over.
   */
  async beat(
    session: FeedSession,
    durable: boolean,
    forget: Forget,
    clientVerifiers = 0,
    confirmed: Snapshot = this.applied,
  ): Promise<Round | null> {
    const sentAt = momentOf(this.clock);
    const { id, round: before, serverRun } = this;
    const row = await session.beat({
      id,
      round: before,
      confirmed: confirmed.text,
      applied: this.applied.text,
      serverRun,
      durable,
      clientVerifiers,
    });
    if (row === undefined) return null;
    this.round++;
    const round = await this.take(session, row, sentAt, forget);
    if (durable && round !== null) this.durable = { round: this.round, xmax: this.applied.max };
    return round;
  }

  /**
   * Reads the new entries, and lets the memory forget them before the position moves on; the next round confirms this.
   * @returns null when the feed has been set back, or is another server's: start over.
   */
  async peek(session: FeedSession, forget: Forget): Promise<Round | null> {
    const sentAt = momentOf(this.clock);
    const row = await session.peek(this.applied.text, this.serverRun);
    return row === undefined ? null : this.take(session, row, sentAt, forget);
  }

  private async take(
    session: FeedSession,
    row: RoundRow,
    sentAt: Moment,
    forget: Forget,
  ): Promise<Round | null> {
    const snapshot = parseSnapshot(row.snapshot);
    this.wentBack = snapshot.max < this.applied.max;
    if (this.wentBack) return null;
    const hadNews = row.entries !== null || row.epoch !== this.epoch;
    if (!(await this.forgetAll(session, row, snapshot, forget))) return null;
    this.applied = snapshot;
    return { sentAt, databaseMs: row.now_ms, longestLeaseMs: row.longest_lease_ms, hadNews };
  }

  /**
   * Lets the memory forget, page by page, what is visible in `snapshot` and was not before. @returns false to start over
   */
  private async forgetAll(
    session: FeedSession,
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
      else if (entries.length > 0)
        forget(
          entries.map(({ kind, subject, xid }) => ({
            kind: kind as FeedKind,
            subject,
            transaction: BigInt(xid),
          })),
        );
      this.epoch = page.epoch;
      const last = entries.at(-1);
      if (missed || last === undefined || entries.length < ENTRIES_PER_PAGE) return true;
      page = await session.nextPage(this.applied.text, snapshot.text, last, this.serverRun);
      if (page === undefined) return false;
    }
  }
}
