import { UnusableDatabase } from './database-identity.js';
import type { FeedSession, Ports } from './ports.js';
import type { RestartGrace } from './lease.js';

const SET_BACK =
  'The database was set back to an earlier state, without what it had acknowledged since: tokens revoked in between are active again (docs/operations.md, "Backups and restore"). No revocation is confirmed until all leases from before have ended.';

/**
 * The verifier's session, and its proof that all sessions of this process are in one database: otherwise a lease could
 * be earned in another database than the one where revocations are committed, and would not end with them.
 */
export class VerifierConnection {
  /** The session, if there is one. */
  current: FeedSession | null = null;
  /** Why no lease can be taken and no revocation confirmed, in one sentence; null: no obstacle is known. */
  problem: string | null = null;
  /** When the session went silent (monotonic); null while it answers. */
  private lostAtMs: number | null = null;
  private isDoubted = false;
  onNotification: (payload: string) => void = () => undefined;
  onEnd: () => void = () => undefined;

  constructor(
    private readonly ports: Ports,
    private readonly restartGrace: RestartGrace,
  ) {}

  /**
   * The session, opened if there is none. A session that is new or in doubt is compared with where DATABASE_URL leads.
   * @throws UnusableDatabase when they are not in one database, or one of them is on a standby
   */
  async use(): Promise<FeedSession> {
    if (this.current !== null && !this.isDoubted) return this.current;
    this.isDoubted = false;
    this.current ??= await this.open();
    await this.demandOneDatabase(this.current);
    return this.current;
  }

  /** Makes the next `use` check again whether all sessions are in one database. */
  doubt(): void {
    this.isDoubted = true;
  }

  /** Told when a round has succeeded, and of the longest lease that any verifier may have. */
  answered(longestLeaseMs: number): void {
    this.restartGrace.learn(longestLeaseMs);
    if (this.lostAtMs !== null) this.ports.feed.dropSilentSessions(this.lostAtMs);
    this.lostAtMs = null;
  }

  /** Told that the database shows less than before: the registry may lack verifiers that hold a lease. */
  setBack(): void {
    this.restartGrace.begin(this.ports.clock.monotonicMs());
    this.ports.reached.revision++;
    this.ports.log.error(SET_BACK);
  }

  // A network that dropped this session may have dropped all of them. They are closed once a round has succeeded again,
  // or if no new session can be opened either. With a standby that hangs, neither is the case.
  lose(error: unknown): void {
    if (this.ports.feed.isSilence(error)) {
      this.lostAtMs ??= this.ports.clock.monotonicMs();
      if (this.current === null) this.ports.feed.dropSilentSessions(this.lostAtMs);
    }
    this.tellOf(error);
    this.drop();
  }

  drop(): void {
    this.current?.drop();
    this.current = null;
  }

  private async demandOneDatabase(session: FeedSession): Promise<void> {
    this.ports.reached.unsettle();
    const [own, others] = [await session.locate(), await this.ports.registry.locate()];
    if (own.id !== others.id) {
      // Look-ups go on where DATABASE_URL leads now, and nowhere else.
      if (this.ports.feed.hasOwnAddress) this.ports.reached.settle(others);
      const which = this.ports.feed.hasOwnAddress
        ? 'RESCIND_LISTEN_URL and DATABASE_URL lead to different databases'
        : 'DATABASE_URL leads to different databases from one session to the next';
      throw new UnusableDatabase(
        `${which}: no lease is taken and no revocation confirmed until all sessions are in one.`,
      );
    }
    this.ports.reached.settle(own);
    this.restartGrace.reach(own, this.ports.clock.monotonicMs());
    this.problem = null;
  }

  private tellOf(error: unknown): void {
    if (!(error instanceof UnusableDatabase)) this.ports.log.lost(error);
    else if (this.problem !== error.message) {
      this.problem = error.message;
      this.ports.log.error(error.message);
    }
  }

  private open(): Promise<FeedSession> {
    return this.ports.feed.open({
      onNotification: (sender) => this.onNotification(sender),
      onEnd: () => this.onEnd(),
    });
  }
}
