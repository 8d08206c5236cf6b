/** Thrown where an answer is needed that is not there yet. */
class UnansweredQuestion extends Error {
  constructor(readonly answer: Promise<void>) {
    super('The browser has not answered yet.');
  }
}

/**
 * Lets code that cannot wait ask what takes time. A question that is new is put, and what asked it is given up; with
 * the answer known, it is run again.
 */
export class Questions {
  readonly #answers = new Map<string, boolean>();

  /** @throws UnansweredQuestion the first time that `name` is asked */
  ask(name: string, put: () => Promise<boolean>): boolean {
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    throw new UnansweredQuestion(put().then((answer) => void this.#answers.set(name, answer)));
  }

  /**
   * What `attempt` gives when all that it asks is answered. It is run once more for each new question, so it must be
   * without effects of its own.
   */
  async answered<T>(attempt: () => T | Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof UnansweredQuestion)) throw error;
        await error.answer;
      }
    }
  }
}
