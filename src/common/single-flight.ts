/** What is worth asking once for all who want to know at about the same time. */
export class SingleFlight<Answer> {
  private asked: Promise<Answer> | undefined;
  private goodUntilMs = -Infinity;

  /**
   * @param ask does not reject
   * @param keepMs for how long an answer is given to others as well, once it has come
   */
  constructor(
    private readonly ask: () => Promise<Answer>,
    private readonly keepMs: number,
  ) {}

  /** An answer that was asked for now, or that came at most `keepMs` ago. */
  get(): Promise<Answer> {
    if (performance.now() < this.goodUntilMs && this.asked !== undefined) return this.asked;
    this.goodUntilMs = Infinity;
    this.asked = this.ask().finally(() => (this.goodUntilMs = performance.now() + this.keepMs));
    return this.asked;
  }
}
