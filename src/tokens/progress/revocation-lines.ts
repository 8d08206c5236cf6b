import type { BarrierProgress } from '../../revocation/barrier-progress.js';
import type { CommittedFacts, RevocationWatch } from './revocation-watch.js';

/** What is told of a revocation, in this order: once, any number of times, once. */
export type RevocationNews<Answer, Failure> =
  | { kind: 'committed'; facts: CommittedFacts }
  | { kind: 'waiting'; progress: BarrierProgress }
  | { kind: 'done'; answer: Answer }
  | { kind: 'failed'; failure: Failure };

type End<Answer, Failure> = Extract<RevocationNews<Answer, Failure>, { kind: 'done' | 'failed' }>;

/**
 * What a revocation tells, for one reader. Telling never waits for the reader: a slow one is told the latest state alone,
 * and one that has gone, nothing.
 */
export class RevocationLines<Answer, Failure> implements RevocationWatch {
  private facts: CommittedFacts | null = null;
  private latest: BarrierProgress | null = null;
  private end: End<Answer, Failure> | null = null;
  private isOver = false;
  private awake: () => void = () => undefined;
  private news = this.untilTold();

  readonly committed = (facts: CommittedFacts): void => {
    if (!this.isOver) this.facts ??= facts;
    this.awake();
  };

  readonly waiting = (progress: BarrierProgress): void => {
    this.latest = progress;
    this.awake();
  };

  /** Whether it is known to be committed. */
  get isCommitted(): boolean {
    return this.facts !== null;
  }

  /** It is over, and nothing is told behind this. @param end null: there is nothing to tell, because it was not committed */
  finish(end: End<Answer, Failure> | null): void {
    this.isOver = true;
    this.end = end;
    this.awake();
  }

  /** Resolves once it is known to be committed, or over. */
  async begun(): Promise<void> {
    while (this.facts === null && !this.isOver) await this.nextNews();
  }

  /** What is told of what is committed. For one reader, once. */
  async *read(): AsyncGenerator<RevocationNews<Answer, Failure>> {
    await this.begun();
    if (this.facts === null) return;
    yield { kind: 'committed', facts: this.facts };
    for (;;) {
      const { latest, end } = this;
      this.latest = null;
      if (latest !== null) yield { kind: 'waiting', progress: latest };
      else if (end === null) await this.nextNews();
      else break;
    }
    if (this.end !== null) yield this.end;
  }

  private async nextNews(): Promise<void> {
    await this.news;
    this.news = this.untilTold();
  }

  private untilTold(): Promise<void> {
    return new Promise((resolve) => (this.awake = resolve));
  }
}
