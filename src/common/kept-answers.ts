interface Kept<Answer> {
  answer: Promise<Answer>;
  goodUntilMs: number;
}

/** Answers that are asked for once by all who want to know the same at about the same time, by what they want to know. */
export class KeptAnswers<Answer> {
  private readonly kept = new Map<string, Kept<Answer>>();

  /**
   * @param keepMs for how long an answer is given to others as well, once it has come
   * @param max how many are kept; the oldest goes first
   */
  constructor(
    private readonly keepMs: number,
    private readonly max: number,
  ) {}

  /** An answer that was asked for now, or that came at most `keepMs` ago. Nothing is kept of an `ask` that fails. */
  of(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.kept.get(key);
    if (known !== undefined && performance.now() < known.goodUntilMs) return known.answer;
    const fresh: Kept<Answer> = { answer: ask(), goodUntilMs: Infinity };
    this.kept.delete(key);
    this.kept.set(key, fresh);
    if (this.kept.size > this.max) this.kept.delete(this.kept.keys().next().value as string);
    fresh.answer.then(
      () => (fresh.goodUntilMs = performance.now() + this.keepMs),
      () => (fresh.goodUntilMs = -Infinity),
    );
    return fresh.answer;
  }
}

/** What is worth asking once for all who want to know at about the same time. */
export class SingleFlight<Answer> {
  private readonly kept: KeptAnswers<Answer>;

  /** @param keepMs for how long an answer is given to others as well, once it has come */
  constructor(
    private readonly ask: () => Promise<Answer>,
    keepMs: number,
  ) {
    this.kept = new KeptAnswers(keepMs, 1);
  }

  /** An answer that was asked for now, or that came at most `keepMs` ago. */
  get(): Promise<Answer> {
    return this.kept.of('', this.ask);
  }
}
