import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { loggableError } from '../common/errors/driver-error.js';
import { databaseConfig } from '../config/database.config.js';
import { revocationConfig } from '../config/revocation.config.js';
import { databaseRole } from '../database/service-role.js';
import { behindPooler } from '../database/pooler.js';
import { dropSilentSessions, isSilence } from '../database/resilient-client.js';
import { DatabaseClock } from './database-clock.js';
import type { Forgetful } from './forgetful.js';
import { Lease } from './lease.js';
import { monotonicMs } from './monotonic.js';
import { Registration, type Round } from './registration.js';
import { DEREGISTER } from './registry.sql.js';
import type { Snapshot } from './snapshot.js';
import { VerifierSession } from './verifier-session.js';
import { Wake } from './wake.js';

const RECONNECT_MS = 200;
/** Heartbeats per lease term: one may be lost, one late, and the lease still holds. */
const ROUNDS_PER_TERM = 4;

/**
 * This process as a verifier: keeps its memory no older than its lease allows. The protocol, and the argument
 * why a revocation that was answered is refused here, are in docs/adr/0003-leases-over-a-transactional-feed.md.
 */
@Injectable()
export class Verifier implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly lease = new Lease();
  private readonly logger = new Logger(Verifier.name);
  private readonly wake = new Wake();
  private session: VerifierSession | null = null;
  /** When the session went silent (monotonic); null while it answers. */
  private lostAtMs: number | null = null;
  private registration: Registration | null = null;
  private memory: Forgetful | null = null;
  private running: Promise<void> | null = null;
  private stopping = false;
  /** Another process has committed something and waits for this verifier to confirm it. */
  private notified = false;
  private renewalDueAtMs = -Infinity;

  constructor(
    @Inject(revocationConfig.KEY) private readonly config: ConfigType<typeof revocationConfig>,
    @Inject(databaseConfig.KEY) private readonly database: ConfigType<typeof databaseConfig>,
    private readonly clock: DatabaseClock,
  ) {}

  /** Puts a memory under this verifier's lease. Without one, no verifier is registered. */
  attach(memory: Forgetful): void {
    this.memory = memory;
  }

  /** The registration's id; null while there is none, and so nothing to wait for. */
  get id(): string | null {
    return this.registration?.id ?? null;
  }

  /** The snapshot whose feed entries this verifier has applied. */
  get applied(): Snapshot | null {
    return this.registration?.applied ?? null;
  }

  onApplicationBootstrap(): void {
    if (this.memory !== null) this.running = this.run();
  }

  /** Ends the lease first, so that nothing is answered from memory after the registration is gone. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.lease.end();
    this.wake.now();
    await this.running;
    if (this.session !== null && this.registration !== null) {
      await this.session.query(DEREGISTER, [this.registration.id]).catch(() => undefined);
    }
    this.registration = null;
    this.session?.drop();
  }

  /**
   * Resolves after a round that was sent after this call, or failed; at the latest when the lease of now would have
   * run out, so that a session that hangs delays nobody for longer than a frozen verifier does. Does not throw.
   */
  async catchUp(): Promise<void> {
    if (this.running === null || this.stopping) return;
    const caughtUp = new AbortController();
    const patience = sleep(Math.max(0, this.lease.remainingMs()), undefined, { signal: caughtUp.signal });
    await Promise.race([this.wake.nextRound(), patience.catch(() => undefined)]);
    caughtUp.abort();
  }

  private async run(): Promise<void> {
    let confirmationOwed = false;
    while (!this.stopping) {
      const finished = this.wake.beginRound();
      let pauseMs = 0;
      try {
        confirmationOwed = await this.roundOnce(confirmationOwed, finished.servesThisProcess);
        if (!confirmationOwed) pauseMs = this.renewalDueAtMs - monotonicMs();
      } catch (error) {
        this.loseSession(error);
        pauseMs = RECONNECT_MS;
      }
      finished.done();
      if (pauseMs > 0) await this.wake.orAfter(pauseMs);
    }
  }

  /** @returns whether somebody may be waiting for the next round, which confirms what this one applied. */
  private async roundOnce(confirmationOwed: boolean, servesThisProcess: boolean): Promise<boolean> {
    const session = (this.session ??= await this.openSession());
    if (this.registration !== null && this.registration.lineage !== session.lineage) this.startOver();
    if (this.registration === null) {
      this.registration = await Registration.make(
        session,
        this.config.leaseMs,
        `${hostname()}:${process.pid}`,
      );
      // Look-ups that began before the registration could be seen by a revocation must leave no trace.
      this.memory?.forgetEverything();
    }
    const { notified } = this;
    this.notified = false;
    const renews = monotonicMs() >= this.renewalDueAtMs;
    // What was read has to be forgotten before it can be confirmed; until then there is nothing to write.
    const round = await (renews || confirmationOwed
      ? this.registration.beat(session, renews, (news) => this.apply(news))
      : this.registration.peek(session, (news) => this.apply(news)));
    if (round === null) {
      this.startOver();
      return true;
    }
    if (this.lostAtMs !== null) dropSilentSessions(this.lostAtMs);
    this.lostAtMs = null;
    if (renews) this.renew(round);
    // This process's own barrier reads the position directly; anybody else's reads it in the registry.
    return notified || (round.entries?.length !== 0 && !servesThisProcess);
  }

  private renew(round: Round): void {
    this.renewalDueAtMs = round.sentAt.monotonicMs + this.config.leaseMs / ROUNDS_PER_TERM;
    if (!this.stopping) this.lease.extend(round.sentAt, this.config.leaseMs);
  }

  private apply(round: Round): void {
    this.clock.set(round.databaseMs, round.sentAt);
    if (round.entries === null) this.memory?.forgetEverything();
    else if (round.entries.length > 0) this.memory?.forget(round.entries);
  }

  /** The registration is gone, or the feed is not the one that was read before: memory may be wrong. */
  private startOver(): void {
    this.lease.end();
    this.memory?.forgetEverything();
    this.registration = null;
    this.renewalDueAtMs = -Infinity;
  }

  private openSession(): Promise<VerifierSession> {
    return VerifierSession.open({
      url: this.database.listenUrl,
      role: databaseRole(),
      synchronousCommit: this.database.synchronousCommit,
      pooler: this.database.listenUrl === this.database.url && behindPooler(),
      timeoutMs: Math.max(this.config.leaseMs * 2, 1000),
      onNotification: (sender) => {
        if (sender === this.registration?.id) return;
        this.notified = true;
        this.wake.now();
      },
      onEnd: () => this.wake.now(),
    });
  }

  // A network that forgot this session may have forgotten all. They are dropped once a round has succeeded again, or
  // a new session cannot be had either; a standby that hangs is neither.
  private loseSession(error: unknown): void {
    if (isSilence(error)) {
      this.lostAtMs ??= monotonicMs();
      if (this.session === null) dropSilentSessions(this.lostAtMs);
    }
    if (!this.stopping)
      this.logger.warn(
        { ...loggableError(error), stack: undefined },
        'The verifier lost its database session.',
      );
    this.session?.drop();
    this.session = null;
    this.renewalDueAtMs = -Infinity;
  }
}
