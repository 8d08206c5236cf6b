import type { Fact } from './fact.js';
import type { Question } from './judgement.js';

/** The fact; null: the server could not answer, or not in time. */
export type Answer = Fact | null;

export interface Ask {
  readonly id: number;
  readonly secret: string;
  readonly digest: string;
  /** As a server takes it. */
  readonly question: Question;
  readonly giveUpAtMs: number;
  /** False once everything was forgotten while it was in progress: its fact is an answer, but is not remembered. */
  mayBeRemembered: boolean;
  readonly answer: Promise<Answer>;
  readonly settle: (answer: Answer) => void;
}

/** How many questions the protocol allows at once. */
const OUTSTANDING_MAX = 1000;
const WAITING_MAX = 10_000;

/** The questions of one connection: those that were sent, and those that wait because too many were sent. */
export class Asks {
  private lastId = 0;
  private readonly outstanding = new Map<number, Ask>();
  private readonly waiting = new Set<Ask>();
  private readonly byDigest = new Map<string, Ask>();

  constructor(private readonly send: (ask: Ask) => void) {}

  /** null: too many wait already. */
  add(secret: string, digest: string, question: Question, giveUpAtMs: number): Ask | null {
    if (this.waiting.size >= WAITING_MAX) return null;
    let settle!: (answer: Answer) => void;
    const answer = new Promise<Answer>((resolve) => (settle = resolve));
    const id = ++this.lastId;
    const ask: Ask = { id, secret, digest, question, giveUpAtMs, mayBeRemembered: true, answer, settle };
    this.byDigest.set(digest, ask);
    if (this.outstanding.size < OUTSTANDING_MAX) this.begin(ask);
    else this.waiting.add(ask);
    return ask;
  }

  /** The pending question about the same secret. Joining it is correct only while the lease holds. */
  about(digest: string): Ask | undefined {
    return this.byDigest.get(digest);
  }

  /** The question that is answered now; undefined: no question with this number is pending. */
  take(id: number): Ask | undefined {
    const ask = this.outstanding.get(id);
    if (ask === undefined) return undefined;
    this.outstanding.delete(id);
    this.leave(ask);
    const [next] = this.waiting;
    if (next !== undefined) {
      this.waiting.delete(next);
      this.begin(next);
    }
    return ask;
  }

  /**
   * Ends questions whose time is over. A question that was sent still counts, because the server still works on it.
   */
  giveUp(nowMs: number): void {
    for (const ask of this.outstanding.values()) {
      if (ask.giveUpAtMs > nowMs) break;
      this.leave(ask);
      ask.settle(null);
    }
    for (const ask of this.waiting) {
      if (ask.giveUpAtMs > nowMs) break;
      this.waiting.delete(ask);
      this.leave(ask);
      ask.settle(null);
    }
  }

  rememberNoneUnderWay(): void {
    for (const ask of this.outstanding.values()) ask.mayBeRemembered = false;
    this.byDigest.clear();
  }

  /** The connection is over. */
  end(): void {
    for (const asks of [this.outstanding.values(), this.waiting]) for (const ask of asks) ask.settle(null);
    this.outstanding.clear();
    this.waiting.clear();
    this.byDigest.clear();
  }

  private begin(ask: Ask): void {
    this.outstanding.set(ask.id, ask);
    this.send(ask);
  }

  private leave(ask: Ask): void {
    if (this.byDigest.get(ask.digest) === ask) this.byDigest.delete(ask.digest);
  }
}
