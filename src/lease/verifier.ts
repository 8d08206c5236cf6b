import type { InvalidatableCache, News } from './cache-invalidation.js';
import type { ClientVerifiers } from './client-verifiers/client-verifiers.js';
import type { Moment } from './clock.js';
import type { VerifierConnection } from './connection.js';
import type { DatabaseClock } from './database-clock.js';
import { UnusableDatabase } from './database-identity.js';
import { Lease } from './lease.js';
import { Registration } from './registration.js';
import type { Ports, RegistryReading } from './ports.js';
import { type Retry, RoundLoop } from './round-loop.js';
import type { Snapshot } from './snapshot.js';

const RECONNECT_MS = 200;
/** An address that leads to the wrong database has to be corrected by a person, so retries are rare. */
const RECONNECT_ELSEWHERE_MS = 1000;
/** Heartbeats per lease term: one may be lost, one late, and the lease still holds. */
const ROUNDS_PER_TERM = 4;

/**
 * This process as a verifier: keeps its memory no older than its lease allows. The protocol, and the argument
 * why a revocation that was answered is refused here, are in docs/adr/0003-leases-over-a-transactional-feed.md.
 */
export class Verifier {
  readonly lease: Lease;
  private readonly rounds: RoundLoop;
  private registration: Registration | null = null;
  /** The last one, while there is none. */
  private former: Registration | null = null;
  /** The run of the server on which the registration was given up in order, at the end of this process. */
  private leftRun: string | null = null;
  private memory: InvalidatableCache | null = null;
  /** Another process has committed a transaction and waits for this verifier to confirm it. */
  private notified = false;
  private renewalDueAtMs = -Infinity;

  constructor(
    private readonly ports: Ports,
    private readonly connection: VerifierConnection,
    private readonly databaseClock: DatabaseClock,
    private readonly clients: ClientVerifiers,
  ) {
    this.lease = new Lease(ports.clock);
    this.rounds = new RoundLoop(ports.clock, {
      round: (confirmationOwed, servesThisProcess) => this.round(confirmationOwed, servesThisProcess),
      dueAtMs: () => this.renewalDueAtMs,
      failed: (error) => this.lose(error),
    });
    clients.onReleased = () => this.rounds.oweConfirmation();
    ports.reached.onOther = () => this.doubt();
    connection.onEnd = () => this.rounds.hurry();
    connection.onNotification = (sender) => {
      if (sender === this.registration?.id) return;
      this.notified = true;
      this.rounds.hurry();
    };
  }

  /**
   * Puts a memory under this verifier's lease. A verifier without one remembers nothing, but still shows that it can
   * commit.
   */
  attach(memory: InvalidatableCache): void {
    this.memory = memory;
  }

  /** The registration's id; null while there is none, and so nothing to wait for. */
  get id(): string | null {
    return this.registration?.id ?? null;
  }

  /** The snapshot whose feed entries the memory of this process has applied. */
  get applied(): Snapshot | null {
    return this.registration?.applied ?? null;
  }

  /** The snapshot whose feed entries its client verifiers have applied as well, as far as they may answer from memory. */
  get confirmed(): Snapshot | null {
    return this.applied === null ? null : this.clients.confirmed(this.applied);
  }

  /** Whether this process or one of its client verifiers may answer from memory at this moment. */
  get mayTrustMemory(): boolean {
    return this.lease.holds() || this.clients.mayHoldLease();
  }

  /** Why revocations cannot be confirmed by this process, in one sentence; null: no obstacle is known. */
  get problem(): string | null {
    const unregistered = this.registration === null ? 'This process is not registered as a verifier.' : null;
    return this.connection.problem ?? unregistered;
  }

  /**
   * Returns a check for later readings: whether they are of the registry in which this verifier is registered now.
   */
  whereRegistered(): (reading: RegistryReading) => boolean {
    const { registration } = this;
    if (registration === null)
      return ({ server_run: run }) => this.registration === null && run !== null && run === this.leftRun;
    const { round } = registration;
    return ({ server_run: run, own_round: seen }) =>
      this.registration === registration &&
      run === registration.serverRun &&
      seen !== null &&
      Number(seen) >= round;
  }

  /** Makes it check whether all sessions of this process are in one database; until then it holds no lease. */
  doubt(): void {
    this.lease.end();
    this.renewalDueAtMs = -Infinity;
    this.connection.doubt();
    this.rounds.hurry();
  }

  /** Begins to register, and to renew its lease. */
  start(): void {
    this.rounds.start();
  }

  /** Ends the leases first, so that nothing is answered from memory after the registration is gone. */
  async end(): Promise<void> {
    await this.clients.end();
    const ended = this.rounds.end();
    this.lease.end();
    await ended;
    if (this.registration !== null) {
      const { id, serverRun } = this.registration;
      await this.connection.current?.deregister(id).catch(() => undefined);
      this.leftRun = serverRun;
    }
    this.registration = null;
    this.connection.drop();
  }

  /**
   * Resolves after a round that was sent after this call, or failed; at the latest when the present lease would have
   * ended. So a session that hangs delays nobody for longer than a frozen verifier does. Does not throw.
   */
  catchUp(): Promise<void> {
    return this.rounds.next(Math.max(0, this.lease.remainingMs()));
  }

  /** See {@link VerifierRounds}. */
  private async round(confirmationOwed: boolean, servesThisProcess: boolean): Promise<boolean> {
    const session = await this.connection.use();
    if (this.registration !== null && this.registration.database.id !== session.database.id) this.startOver();
    if (this.registration === null) {
      // Nobody knows sub-leases of an earlier registration by the new one.
      await this.clients.withoutLease();
      this.registration = await Registration.make(
        session,
        this.ports.clock,
        this.ports.terms.leaseMs,
        this.former,
      );
      if (this.registration.followsSetBack) this.connection.setBack();
      // Look-ups that began before a revocation could see the registration must not be cached.
      this.memory?.forgetEverything();
    }
    const { notified, registration } = this;
    this.notified = false;
    let canConfirm: boolean | null = null;
    const forget = (news: News[] | null): void => {
      canConfirm = this.forget(registration, news) || canConfirm === true;
    };
    const renews = this.ports.clock.monotonicMs() >= this.renewalDueAtMs;
    // What was read must be forgotten before it can be confirmed; until then there is nothing to write.
    const round = await (renews || confirmationOwed
      ? registration.beat(
          session,
          renews,
          forget,
          this.clients.count,
          this.clients.confirmed(registration.applied),
        )
      : registration.peek(session, forget));
    if (round === null) {
      this.startOver();
      return true;
    }
    this.databaseClock.set(round.databaseMs, round.sentAt);
    this.connection.answered(round.longestLeaseMs);
    if (renews) this.renew(registration, round.sentAt);
    // This process's own barrier reads the position directly; anybody else's reads it in the registry.
    return canConfirm !== false && (notified || (round.hadNews && !servesThisProcess));
  }

  private renew(registration: Registration, sentAt: Moment): void {
    this.renewalDueAtMs = sentAt.monotonicMs + this.ports.terms.leaseMs / ROUNDS_PER_TERM;
    if (this.rounds.isEnding) return;
    if (this.ports.feed.hasOwnAddress) void this.renewOnceShown(registration, sentAt);
    else this.lease.extend(sentAt, this.ports.terms.leaseMs);
  }

  /** With two addresses, each round earns its lease only once it has been seen over the other one as well. */
  private async renewOnceShown(registration: Registration, sentAt: Moment): Promise<void> {
    const isOfOwnRegistry = this.whereRegistered();
    try {
      if (isOfOwnRegistry(await this.ports.registry.read(registration.id, [], false, [])))
        this.lease.extend(sentAt, this.ports.terms.leaseMs);
      else if (this.registration === registration) this.doubt();
    } catch {
      // The result is unknown: the lease continues to its end, and a later round may find it.
    }
  }

  /** @returns whether any of it can be confirmed now; in the same step client verifiers are told what to forget */
  private forget(registration: Registration, news: News[] | null): boolean {
    if (news !== null) {
      this.memory?.forget(news);
      return this.clients.forget(news);
    }
    this.memory?.forgetEverything();
    this.clients.forgetEverything(this.clients.confirmed(registration.applied));
    return true;
  }

  /** The registration is gone, or the feed is not the one that was read before: memory may be wrong. */
  private startOver(): void {
    this.lease.end();
    this.memory?.forgetEverything();
    this.clients.forgetEverything(null);
    this.former = this.registration ?? this.former;
    this.registration = null;
    this.renewalDueAtMs = -Infinity;
  }

  private lose(error: unknown): Retry {
    // If no session can be opened, asking more often does not help.
    const canBeHurried = this.connection.current !== null;
    if (this.rounds.isEnding) this.connection.drop();
    else this.connection.lose(error);
    this.renewalDueAtMs = -Infinity;
    if (!(error instanceof UnusableDatabase)) return { afterMs: RECONNECT_MS, canBeHurried };
    this.startOver();
    return { afterMs: RECONNECT_ELSEWHERE_MS, canBeHurried };
  }
}
