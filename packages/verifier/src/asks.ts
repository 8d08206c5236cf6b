import type { Fact } from './fact.js';
import type { Question } from './judgement.js';

/** The fact; null: the server could not tell, or did not in time. */
export type Answer = Fact | null;

export interface Ask {
  readonly id: number;
  readonly secret: string;
  readonly digest: string;
  /** As a server takes it. */
  readonly question: Question;
  readonly giveUpAtMs: number;
  /** False once everything was forgotten while it was under way: its fact answers, and is not remembered. */
  mayBeRemembered: boolean;
  readonly answer: Promise<Answer>;
  readonly settle: (answer: Answer) => void;
}

/** What the protocol lets a verifier ask at once. */
export const OUTSTANDING_MAX = 1000;
const WAITING_MAX = 10_000;

/** The questions of one connection: those on their way, and those that wait for room. */
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

  /** The question about the same secret that is under way. To join it is sound only while the lease holds. */
  about(digest: string): Ask | undefined {
    return this.byDigest.get(digest);
  }

  /** The question that is answered now; undefined: none of that number is under way. */
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

  /** Those whose time is over get no answer. One that is on its way goes on counting: the server still works on it. */
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
