import type { CachedResponse } from './fast-paths.js';

/** How many answers are cached: a million remembered tokens must not need a million texts. */
const ANSWERS_MAX = 20_000;
/** A longer answer is not cached: tokens may have four kilobytes of metadata. */
const ANSWER_BYTES_MAX = 2048;

/**
 * Answers ready to be sent, by the object that they describe. The object never changes, so no answer becomes stale.
 */
export class CachedAnswers<About extends object, Answer> {
  /**
   * The oldest is removed first, however often it is used: an order by use would cost more than building an answer
   * again.
   */
  private readonly answers = new Map<About, Answer>();

  constructor(
    private readonly write: (about: About) => Answer,
    private readonly isKept: (answer: Answer) => boolean = () => true,
  ) {}

  of(about: About): Answer {
    const known = this.answers.get(about);
    if (known !== undefined) return known;
    const answer = this.write(about);
    if (!this.isKept(answer)) return answer;
    if (this.answers.size >= ANSWERS_MAX) this.answers.delete(this.answers.keys().next().value as About);
    this.answers.set(about, answer);
    return answer;
  }
}

/** Those that are texts. */
export class CachedResponses<About extends object> extends CachedAnswers<About, CachedResponse> {
  constructor(write: (about: About) => string) {
    super(
      (about) => {
        const text = write(about);
        return { text, bytes: Buffer.byteLength(text) };
      },
      ({ bytes }) => bytes <= ANSWER_BYTES_MAX,
    );
  }
}
