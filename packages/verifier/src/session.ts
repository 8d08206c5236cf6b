import { readBoth, type Clock, type Moment } from './clock.js';
import { Asks, type Answer, type Ask } from './asks.js';
import { readServerFrame, UNKNOWN_TYPE, type Epoch, type ServerFrame } from './frames.js';
import { AskedScopes } from './asked-scopes.js';
import type { Fact } from './fact.js';
import { judge, type Question } from './judgement.js';
import type { Lease } from './lease.js';
import type { Eviction, Remembered, RememberedVerdicts } from './remembered-verdicts.js';
import { takeReport } from './used-report.js';

/** The sending side of one connection. */
export interface Wire {
  send(text: string): void;
  /** Sends a ping. */
  ping(): void;
  /** Bytes that were sent but have not left this process. */
  bufferedBytes(): number;
  close(code: number): void;
}

/** The events of a session. */
interface SessionEvents {
  welcomed(termMs: number): void;
  granted(): void;
  evicted(entries: readonly Eviction[]): void;
  /** The server ends the connection. Memory and lease must be gone when this returns. */
  dismissed(code: string): void;
  /** Ends the turn of the event loop in which it is called. */
  soon(task: () => void): void;
}

/**
 * Used only by us: the codes of the protocol are answers to a `bye`, and tell the server that nothing is remembered any
 * more.
 */
const CLOSE_GIVEN_UP = 4000;

const BEATS_REMEMBERED = 64;
const USED_MAX = 100_000;
export const TICKS_PER_TERM = 8;
/** How often the tokens that were used are told. If they do not fit into one message, others follow, one each tick. */
const TICKS_PER_REPORT = 2 * TICKS_PER_TERM;
/**
 * As a fraction of a term: if less of the lease is left than this, a beat is sent. It is enough for a second try if the
 * first is lost.
 */
const RENEW_BELOW = 0.42;
/**
 * As a fraction of a term: how long to wait for the answer to a beat before sending another; two ticks, of which one may
 * be early.
 */
const BEAT_AGAIN_AFTER = 1.5 / TICKS_PER_TERM;
/** As a fraction of a term; longer than the time between two beats of an idle connection. */
const PING_AFTER = 0.8;
const BUFFERED_BYTES_MAX = 1_048_576;

/**
 * The protocol of one connection, without input and output: which messages are sent, and what each received message does
 * to memory and lease. Both are empty when it begins, and the owner of the connection clears them when it ends.
 */
export class Session {
  private readonly asks: Asks;
  private readonly beats = new Map<number, Moment>();
  private epoch: Epoch | null = null;
  private termMs = 0;
  private lastBeat = 0;
  private beatenAtMs = -Infinity;
  private applied = 0;
  private heardAtMs: number;
  private tickedAtMs: number;
  private beatIsDue = false;
  private ticks = 0;
  /** In the order of their first use since they were told. */
  private readonly used = new Set<Remembered>();
  /** How many of them belong to the present report. */
  private untold = 0;
  private ended = false;

  constructor(
    private readonly wire: Wire,
    private readonly memory: RememberedVerdicts,
    private readonly lease: Lease,
    private readonly clock: Clock,
    private readonly events: SessionEvents,
  ) {
    this.asks = new Asks((ask) => this.sendAsk(ask));
    this.heardAtMs = this.tickedAtMs = clock.monotonicMs();
  }

  hello(name: string, max: number): void {
    this.send({ type: 'hello', version: 1, name, max });
  }

  /** Whether it makes sense to ask here: the server was alive within the last term. */
  get isResponsive(): boolean {
    return (
      this.epoch !== null &&
      this.clock.monotonicMs() - this.heardAtMs <= this.termMs &&
      this.wire.bufferedBytes() < BUFFERED_BYTES_MAX
    );
  }

  /** A pong was received. */
  heard(): void {
    this.heardAtMs = this.clock.monotonicMs();
  }

  receive(text: string): void {
    if (this.ended) return;
    this.heard();
    const frame = readServerFrame(text);
    if (frame === UNKNOWN_TYPE) return;
    if (frame === null || (this.epoch === null && frame.type !== 'welcome' && frame.type !== 'bye'))
      this.refuse();
    else this.apply(frame);
  }

  /** Must be called `TICKS_PER_TERM` times a term. */
  tick(): void {
    if (this.ended) return;
    const nowMs = this.clock.monotonicMs();
    // After a stall of this process, what has arrived meanwhile is read only after its timers have run.
    if (nowMs - this.tickedAtMs > this.termMs / 2) this.heardAtMs = nowMs;
    this.tickedAtMs = nowMs;
    this.asks.giveUp(nowMs);
    if (nowMs - this.heardAtMs > 3 * this.termMs) {
      this.refuse();
      return;
    }
    if (nowMs - this.heardAtMs > this.termMs * PING_AFTER) this.wire.ping();
    if (this.isBeatDue(nowMs)) this.beat();
    if (++this.ticks % TICKS_PER_REPORT === 0) this.untold = this.used.size;
    // Nothing else ever waits behind more than one of these messages.
    if (this.untold > 0 && this.wire.bufferedBytes() === 0) this.reportUsed();
  }

  /**
   * Asks the server about a secret, without a check of its scopes. While the lease holds, a pending question about the
   * same secret is joined: whatever was revoked before this call has been forgotten here, and the pending fact was
   * looked up after that.
   */
  async ask(secret: string, digest: string, question: Question, giveUpAtMs: number): Promise<Answer> {
    const underWay = this.asks.about(digest);
    if (underWay !== undefined && this.lease.holdsAt(this.clock.monotonicMs())) {
      const shared = await underWay.answer;
      // Limited uses and refusals, which may depend on the address, are not shared.
      if (shared?.cacheable === true) {
        this.noteShared(shared, question);
        return shared;
      }
      if (this.ended) return null;
    }
    return this.asks.add(secret, digest, question, giveUpAtMs)?.answer ?? null;
  }

  /**
   * Notes an answer from memory, for the time of last use and the usage of the token.
   * @param scopes what it was asked for and has; undefined: nobody said
   */
  noteUse(remembered: Remembered, scopes: readonly string[] | undefined): void {
    if (remembered.uses === 0) {
      if (this.used.size >= USED_MAX) return;
      this.used.add(remembered);
    }
    remembered.uses++;
    if (scopes === undefined) remembered.someUnsaid = true;
    else if (scopes.length > 0) (remembered.asked ??= new AskedScopes()).note(scopes);
  }

  /** Messages that arrive after it are ignored. */
  end(): void {
    this.ended = true;
    this.asks.end();
  }

  /** The server counts the one question that was asked, and its scopes. */
  private noteShared(fact: Fact, question: Question): void {
    const { verdict, trustedIps, expiresAtMs } = fact;
    if (!verdict.active) return;
    const isGood = judge(fact, question).active;
    const used = { verdict, trustedIps, expiresAtMs, uses: 0, asked: null, someUnsaid: false };
    this.noteUse(used, isGood ? question.scopes : []);
  }

  private apply(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.welcome(frame);
        break;
      case 'grant':
        this.grant(frame);
        break;
      case 'fact':
        this.take(frame.id, frame.fact);
        break;
      case 'failed':
        this.take(frame.id, null);
        break;
      case 'evict':
        if (!this.isNext(frame.seq)) return this.refuse();
        this.memory.forget(frame.entries);
        this.acknowledge();
        this.events.evicted(frame.entries);
        break;
      case 'reset':
        if (!this.isNext(frame.seq)) return this.refuse();
        this.lease.end();
        this.memory.forgetEverything();
        this.asks.rememberNoneUnderWay();
        this.epoch = frame.epoch;
        this.acknowledge();
        break;
      case 'bye':
        this.events.dismissed(frame.code);
        break;
    }
  }

  private welcome({ epoch, termMs, seq }: ServerFrame & { type: 'welcome' }): void {
    if (this.epoch !== null) return this.refuse();
    this.epoch = epoch;
    this.termMs = termMs;
    this.applied = seq;
    this.events.welcomed(termMs);
    this.beat();
  }

  private grant({ n, epoch, ms, dbNow }: ServerFrame & { type: 'grant' }): void {
    const askedAt = this.beats.get(n);
    if (askedAt === undefined || epoch !== this.epoch) return;
    for (const earlier of this.beats.keys()) if (earlier <= n) this.beats.delete(earlier);
    this.lease.extend(askedAt, Math.min(ms, this.termMs), dbNow);
    this.events.granted();
  }

  /** In the turn in which it arrived, so that a following eviction cannot be applied before it is remembered. */
  private take(id: number, fact: Answer): void {
    const ask = this.asks.take(id);
    if (ask === undefined) return this.refuse();
    if (fact?.cacheable === true && fact.verdict.active && ask.mayBeRemembered)
      this.memory.keep(ask.digest, { ...fact, verdict: fact.verdict });
    ask.settle(fact);
  }

  private isNext(seq: number): boolean {
    if (seq !== this.applied + 1) return false;
    this.applied = seq;
    return true;
  }

  /** At once, but only once for everything that arrived in one turn of the event loop. */
  private acknowledge(): void {
    if (this.beatIsDue) return;
    this.beatIsDue = true;
    this.events.soon(() => {
      if (this.beatIsDue && !this.ended) this.beat();
    });
  }

  private isBeatDue(nowMs: number): boolean {
    const isOwed = nowMs - this.beatenAtMs < this.termMs * BEAT_AGAIN_AFTER;
    return !isOwed && this.lease.remainingMs() < this.termMs * RENEW_BELOW;
  }

  private beat(): void {
    if (this.epoch === null) return;
    this.beatIsDue = false;
    const n = ++this.lastBeat;
    const moment = readBoth(this.clock);
    this.beats.set(n, moment);
    this.beatenAtMs = moment.monotonicMs;
    if (n > BEATS_REMEMBERED) this.beats.delete(n - BEATS_REMEMBERED);
    this.send({ type: 'beat', n, acked: this.applied });
  }

  private reportUsed(): void {
    const report = takeReport(this.used);
    this.untold -= report?.jtis.length ?? this.untold;
    if (report !== null) this.send(report);
  }

  private sendAsk({ id, secret, question: { ip, scopes } }: Ask): void {
    this.send({ type: 'ask', id, secret, ip, scopes });
  }

  private send(frame: object): void {
    this.wire.send(JSON.stringify(frame));
  }

  private refuse(): void {
    this.wire.close(CLOSE_GIVEN_UP);
  }
}
