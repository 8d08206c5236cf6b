import { newId } from '../common/new-id.js';
import type { FeedEntry, FeedKind } from './forgetful.js';
import { thisMoment, type Moment } from './monotonic.js';
import { ENTRIES_PER_ROUND_MAX, PEEK, REGISTER, ROUND, type RoundRow } from './registry.sql.js';
import { parseSnapshot, type Snapshot } from './snapshot.js';
import type { VerifierSession } from './verifier-session.js';

export interface Round {
  /** When the round was sent; the lease counts from here. */
  sentAt: Moment;
  databaseMs: number;
  /** What to forget; null: everything, because entries may have been missed. */
  entries: FeedEntry[] | null;
}

/**
 * A verifier's row in the registry and its position in the feed. The position is the snapshot whose feed
 * entries have all been applied; each round confirms it and reads what has become visible since.
 */
export class Registration {
  private round = 0;

  private constructor(
    readonly id: string,
    readonly lineage: string,
    private epoch: string,
    private position: Snapshot,
    private readonly serverStart: string,
  ) {}

  /** Starts from nothing: the caller must empty its memory after this and before it trusts it. */
  static async make(session: VerifierSession, leaseMs: number, description: string): Promise<Registration> {
    const id = newId();
    const [row] = await session.query<{ applied: string; epoch: string; server_start: string }>(REGISTER, [
      id,
      leaseMs,
      description,
    ]);
    if (row === undefined) throw new Error('the verifier registry did not take the registration');
    return new Registration(id, session.lineage, row.epoch, parseSnapshot(row.applied), row.server_start);
  }

  /** The snapshot up to which this verifier has forgotten all there was to forget. */
  get applied(): Snapshot {
    return this.position;
  }

  /**
   * Sends one round and hands its news to `apply` before the position moves on.
   * @param durable whether it may earn a lease; one that may not waits for no disk
   * @returns null when the registration is gone or the feed has been set back: start over.
   */
  async beat(
    session: VerifierSession,
    durable: boolean,
    apply: (round: Round) => void,
  ): Promise<Round | null> {
    const sentAt = thisMoment();
    const [row] = await session.query<RoundRow & Record<string, unknown>>(ROUND, [
      this.id,
      this.round,
      this.position.text,
      this.serverStart,
      durable,
    ]);
    if (row === undefined) return null;
    this.round++;
    return this.take(row, sentAt, apply);
  }

  /**
   * Reads the news and hands them to `apply` before the position moves on; the next round will confirm that.
   * @returns null when the feed has been set back, or is another server's: start over.
   */
  async peek(session: VerifierSession, apply: (round: Round) => void): Promise<Round | null> {
    const sentAt = thisMoment();
    const [row] = await session.query<RoundRow & Record<string, unknown>>(PEEK, [
      this.position.text,
      this.serverStart,
    ]);
    return row === undefined ? null : this.take(row, sentAt, apply);
  }

  private take(row: RoundRow, sentAt: Moment, apply: (round: Round) => void): Round | null {
    const snapshot = parseSnapshot(row.snapshot);
    if (snapshot.max < this.position.max) return null;
    const entries = row.entries ?? [];
    const missed = row.epoch !== this.epoch || entries.length > ENTRIES_PER_ROUND_MAX;
    const round: Round = {
      sentAt,
      databaseMs: row.now_ms,
      entries: missed ? null : entries.map(({ kind, subject }) => ({ kind: kind as FeedKind, subject })),
    };
    apply(round);
    this.epoch = row.epoch;
    this.position = snapshot;
    return round;
  }
}
