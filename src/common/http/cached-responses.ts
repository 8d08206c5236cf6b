import type { CachedResponse } from './fast-paths.js';

/** So many answers are kept ready: a million remembered tokens shall not cost a million texts. */
const ANSWERS_MAX = 20_000;
/** One longer than that is written anew each time: tokens may carry four kilobytes of metadata. */
const ANSWER_BYTES_MAX = 2048;

/** Answers ready to be sent, by what they are about: something that never changes, so that none goes stale. */
export class CachedAnswers<About extends object, Answer> {
  /** The oldest goes first, however often it is asked for: an order by use would cost more than writing it anew. */
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
