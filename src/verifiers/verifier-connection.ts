import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { loggableError } from '../common/errors/driver-error.js';
import { databaseConfig } from '../config/database.config.js';
import { revocationConfig } from '../config/revocation.config.js';
import { UnusableDatabase } from '../database/database-identity.js';
import { behindPooler } from '../database/pooler.js';
import { ReachedDatabase } from '../database/reached-database.js';
import { dropSilentSessions, isSilence } from '../database/resilient-client.js';
import { databaseRole } from '../database/service-role.js';
import { monotonicMs } from './monotonic.js';
import { Registry } from './registry.js';
import { RestartGrace } from './restart-grace.js';
import { VerifierSession } from './verifier-session.js';

const SET_BACK =
  'The database was set back to an earlier state, without what it had acknowledged since: tokens revoked in between are active again (docs/operations.md, "Backups and restore"). No revocation is confirmed until all leases from before have ended.';

/**
 * The verifier's session, and its proof that all sessions of this process are in one database: otherwise a lease could
 * be earned in another database than the one where revocations are committed, and would not end with them.
 */
@Injectable()
export class VerifierConnection {
  private readonly logger = new Logger('Verifier');
  /** The session, if there is one. */
  current: VerifierSession | null = null;
  /** Why no lease can be taken and no revocation confirmed, in one sentence; null: no obstacle is known. */
  problem: string | null = null;
  /** When the session went silent (monotonic); null while it answers. */
  private lostAtMs: number | null = null;
  private isDoubted = false;
  onNotification: (payload: string) => void = () => undefined;
  onEnd: () => void = () => undefined;

  constructor(
    @Inject(revocationConfig.KEY) private readonly config: ConfigType<typeof revocationConfig>,
    @Inject(databaseConfig.KEY) private readonly database: ConfigType<typeof databaseConfig>,
    private readonly registry: Registry,
    private readonly reached: ReachedDatabase,
    private readonly restartGrace: RestartGrace,
  ) {}

  /** Whether the verifier's session has an address of its own, which may lead elsewhere. */
  get hasOwnAddress(): boolean {
    return this.database.listenUrl !== this.database.url;
  }

  /**
   * The session, opened if there is none. A session that is new or in doubt is compared with where DATABASE_URL leads.
   * @throws UnusableDatabase when they are not in one database, or one of them is on a standby
   */
  async use(): Promise<VerifierSession> {
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
    if (this.lostAtMs !== null) dropSilentSessions(this.lostAtMs);
    this.lostAtMs = null;
  }

  /** Told that the database shows less than before: the registry may lack verifiers that hold a lease. */
  setBack(): void {
    this.restartGrace.begin(monotonicMs());
    this.reached.revision++;
    this.logger.error(SET_BACK);
  }

  // A network that dropped this session may have dropped all of them. They are closed once a round has succeeded again,
  // or if no new session can be opened either. With a standby that hangs, neither is the case.
  lose(error: unknown): void {
    if (isSilence(error)) {
      this.lostAtMs ??= monotonicMs();
      if (this.current === null) dropSilentSessions(this.lostAtMs);
    }
    this.tellOf(error);
    this.drop();
  }

  drop(): void {
    this.current?.drop();
    this.current = null;
  }

  private async demandOneDatabase(session: VerifierSession): Promise<void> {
    this.reached.unsettle();
    const [own, others] = [await session.locate(), await this.registry.locate()];
    if (own.id !== others.id) {
      // Look-ups go on where DATABASE_URL leads now, and nowhere else.
      if (this.hasOwnAddress) this.reached.settle(others);
      const which = this.hasOwnAddress
        ? 'RESCIND_LISTEN_URL and DATABASE_URL lead to different databases'
        : 'DATABASE_URL leads to different databases from one session to the next';
      throw new UnusableDatabase(
        `${which}: no lease is taken and no revocation confirmed until all sessions are in one.`,
      );
    }
    this.reached.settle(own);
    this.restartGrace.reach(own, monotonicMs());
    this.problem = null;
  }

  private tellOf(error: unknown): void {
    if (!(error instanceof UnusableDatabase)) {
      const loggable = { ...loggableError(error), stack: undefined };
      this.logger.warn(loggable, 'The verifier lost its database session.');
    } else if (this.problem !== error.message) {
      this.problem = error.message;
      this.logger.error(error.message);
    }
  }

  private open(): Promise<VerifierSession> {
    return VerifierSession.open({
      url: this.database.listenUrl,
      variable: this.hasOwnAddress ? 'RESCIND_LISTEN_URL' : 'DATABASE_URL',
      role: databaseRole(),
      synchronousCommit: this.database.synchronousCommit,
      pooler: !this.hasOwnAddress && behindPooler(),
      timeoutMs: Math.max(this.config.leaseMs * 2, 1000),
      onNotification: (payload) => this.onNotification(payload),
      onEnd: () => this.onEnd(),
    });
  }
}
