import type { ShortAnswer } from './shortcuts.js';

/** So many texts are kept ready: a million remembered tokens shall not cost a million texts. */
const ANSWERS_MAX = 20_000;

/** Answers ready to be sent, by what they are about: something that never changes, so that no text goes stale. */
export class ShortAnswers<About extends object> {
  /** The oldest goes first, however often it is asked for: an order by use would cost more than writing it anew. */
  private readonly answers = new Map<About, ShortAnswer>();

  constructor(private readonly write: (about: About) => string) {}

  of(about: About): ShortAnswer {
    const known = this.answers.get(about);
    if (known !== undefined) return known;
    const text = this.write(about);
    const answer = { text, bytes: Buffer.byteLength(text) };
    if (this.answers.size >= ANSWERS_MAX) this.answers.delete(this.answers.keys().next().value as About);
    this.answers.set(about, answer);
    return answer;
  }
}
