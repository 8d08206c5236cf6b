import { EventEmitter } from 'node:events';
import { isIP } from 'node:net';
import type { Fact } from './fact.js';
import { HttpVerification } from './http-verification.js';
import { judge, tellable, type Question } from './judgement.js';
import { Lease } from './lease.js';
import type { Platform } from './platform.js';
import { RememberedVerdicts, type Eviction, type Remembered } from './remembered-verdicts.js';
import { couldBeSecret, SecretDigest } from './secret-digest.js';
import { Stream, type StreamSettings } from './stream.js';
import { inactive, type Verdict } from './verdict.js';

/** Of a refusal: no scope of the token was of use. */
const NO_SCOPES: readonly string[] = [];

/** Why verdicts do not come from memory, so that each is asked for. */
export type DegradedReason = 'disconnected' | 'credential_refused' | 'lease_ended';

export interface VerifierEventMap {
  /** Verdicts come from memory: at the first lease, and at the first after each `degraded`. */
  ready: [];
  /** Verdicts do not come from memory. Emitted once, and again if the reason changes. */
  degraded: [reason: DegradedReason];
  /** The server named these to be forgotten; they are already removed from memory. */
  revoked: [named: readonly { readonly kind: Eviction[0]; readonly id: string }[]];
}

export interface VerifierCounters {
  /** Answered from memory. */
  readonly fromMemory: number;
  /** Asked on the stream. */
  readonly askedOnStream: number;
  /** Asked over HTTP. */
  readonly askedOverHttp: number;
  /** Answered `unavailable`. */
  readonly unavailable: number;
  /** Verdicts in memory, including those that were forgotten as a group and are not removed yet. */
  readonly remembered: number;
  /** Verdicts that were removed because there were more than `max`. */
  readonly pushedOut: number;
  /** Tokens, owners and businesses that the server named to be forgotten. */
  readonly evictions: number;
  /** How often a lease was obtained, or obtained again. */
  readonly timesReady: number;
}

interface VerifierSettings extends StreamSettings {
  /** How long one question may take, on the stream and over HTTP together. */
  readonly timeoutMs: number;
}

/**
 * A client verifier: gives verdicts in this process, under a lease that its server grants and that revocations wait for.
 */
export class Verifier extends EventEmitter<VerifierEventMap> {
  readonly #platform: Platform;
  readonly #settings: VerifierSettings;
  readonly #digest = new SecretDigest();
  readonly #lease: Lease;
  readonly #memory: RememberedVerdicts;
  readonly #stream: Stream;
  readonly #http: HttpVerification;
  #state: 'starting' | 'ready' | 'degraded' | 'closed' = 'starting';
  #degradedBy: DegradedReason | null = null;
  readonly #waiting = new Set<() => void>();
  #fromMemory = 0;
  #askedOnStream = 0;
  #unavailable = 0;
  #evictions = 0;
  #timesReady = 0;

  /** Use `createVerifier`. */
  constructor(settings: VerifierSettings, platform: Platform) {
    super();
    this.#platform = platform;
    this.#settings = settings;
    this.#lease = new Lease(platform.clock);
    this.#memory = new RememberedVerdicts(settings.max);
    this.#http = new HttpVerification(platform, settings);
    this.#stream = new Stream(platform, this.#memory, this.#lease, settings, {
      granted: () => this.#watchLease(),
      ticked: () => this.#watchLease(),
      evicted: (entries) => this.#tellOf(entries),
      ended: (reason) => this.#degrade(reason),
    });
    this.#stream.open();
  }

  /**
   * The verdict on a presented secret: a value if the memory can answer, otherwise a promise, so that only requests that
   * must wait do. `await` accepts both. Never throws, never rejects.
   */
  verify(secret: string, question?: Question): Verdict | Promise<Verdict> {
    if (typeof secret !== 'string') return inactive('malformed');
    const digest = this.#digest.of(secret);
    return this.#verifyCached(digest, question) ?? this.#look(secret, digest, question);
  }

  /**
   * The verdict if the memory can answer; otherwise undefined, which says nothing about the secret: ask `verify` then.
   * Nobody has been asked, and nothing was counted.
   */
  verifyCached(secret: string, question?: Question): Verdict | undefined {
    return typeof secret === 'string' ? this.#verifyCached(this.#digest.of(secret), question) : undefined;
  }

  /** As `verify`, always as a promise. */
  async verifyAsync(secret: string, question?: Question): Promise<Verdict> {
    return this.verify(secret, question);
  }

  /** Whether verdicts come from memory at this moment. */
  get isReady(): boolean {
    return this.#lease.holdsAt(this.#platform.clock.monotonicMs());
  }

  /** Resolves when `isReady`. @throws Error when the verifier is closed first */
  async whenReady(): Promise<void> {
    while (!this.isReady) {
      if (this.#state === 'closed') throw new Error('The verifier is closed.');
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  get counters(): VerifierCounters {
    return {
      fromMemory: this.#fromMemory,
      askedOnStream: this.#askedOnStream,
      askedOverHttp: this.#http.calls,
      unavailable: this.#unavailable,
      remembered: this.#memory.size,
      pushedOut: this.#memory.pushedOut,
      evictions: this.#evictions,
      timesReady: this.#timesReady,
    };
  }

  /** Ends the lease and the connection, and leaves nothing running. Every later answer is `unavailable`. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#wakeWaiting();
    await this.#stream.close();
  }

  #verifyCached(digest: string, question: Question | undefined): Verdict | undefined {
    const remembered = this.#cached(digest);
    if (remembered === undefined) return undefined;
    this.#fromMemory++;
    const verdict = judge(remembered, question);
    this.#stream.noteUse(remembered, verdict.active ? question?.scopes : NO_SCOPES);
    return verdict;
  }

  /** The clock is read after the question, and after its digest was computed. */
  #cached(digest: string): Remembered | undefined {
    const nowMs = this.#platform.clock.monotonicMs();
    if (!this.#lease.holdsAt(nowMs)) return undefined;
    const remembered = this.#memory.get(digest);
    if (remembered === undefined) return undefined;
    if (remembered.expiresAtMs <= this.#lease.databaseMsAt(nowMs)) {
      this.#memory.forgetDigest(digest);
      return undefined;
    }
    return remembered;
  }

  async #look(secret: string, digest: string, question: Question | undefined): Promise<Verdict> {
    if (!couldBeSecret(secret)) return inactive('malformed');
    // Read now: a request may have lost its address by the time of the answer.
    const presented = { scopes: question?.scopes, ip: question?.ip };
    const ip = presented.ip !== undefined && isIP(presented.ip) !== 0 ? presented.ip : undefined;
    const told = { ip, scopes: tellable(presented.scopes) };
    const fact = this.#state === 'closed' ? null : await this.#ask(secret, digest, told);
    if (fact !== null) return judge(fact, presented);
    this.#unavailable++;
    return inactive('unavailable');
  }

  async #ask(
    secret: string,
    digest: string,
    question: Question,
  ): Promise<Pick<Fact, 'verdict' | 'trustedIps'> | null> {
    const { clock } = this.#platform;
    const endMs = clock.monotonicMs() + this.#settings.timeoutMs;
    const { session } = this.#stream;
    if (session !== null) {
      this.#askedOnStream++;
      const fact = await session.ask(secret, digest, question, endMs - this.#settings.timeoutMs / 2);
      if (fact !== null) return fact;
    }
    if (this.#stream.credentialIsRefused || this.#state === 'closed') return null;
    const verdict = await this.#http.verify(
      this.#stream.target,
      secret,
      question,
      endMs - clock.monotonicMs(),
    );
    return verdict === null ? null : { verdict, trustedIps: null };
  }

  #watchLease(): void {
    if (!this.isReady) return this.#degrade('lease_ended');
    if (this.#state === 'ready' || this.#state === 'closed') return;
    this.#state = 'ready';
    this.#degradedBy = null;
    this.#timesReady++;
    this.#wakeWaiting();
    this.#tell(() => this.emit('ready'));
  }

  /**
   * Emits `degraded` once, and again if the reason changes; before the first lease only if there is no connection.
   */
  #degrade(reason: DegradedReason): void {
    const isNews = this.#state === 'ready' || (reason !== 'lease_ended' && reason !== this.#degradedBy);
    if (this.#state === 'closed' || !isNews) return;
    this.#state = 'degraded';
    this.#degradedBy = reason;
    this.#tell(() => this.emit('degraded', reason));
  }

  #tellOf(entries: readonly Eviction[]): void {
    this.#evictions += entries.length;
    if (this.listenerCount('revoked') === 0) return;
    const named = entries.map(([kind, id]) => ({ kind, id }));
    this.#tell(() => this.emit('revoked', named));
  }

  /** Runs after the current step, so that no listener can delay an acknowledgement, or prevent it by throwing. */
  #tell(emit: () => void): void {
    this.#platform.soon(emit);
  }

  #wakeWaiting(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
