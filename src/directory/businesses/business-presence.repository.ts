import type { DataSource } from 'typeorm';
import { Batcher } from '../../common/batcher.js';
import { LOOK_UP_MS_MAX, queryPrepared, withTimeout, type Prepared } from '../../database/prepared.js';

interface Question {
  id: string;
  answer: (exists: boolean) => void;
  fail: (error: unknown) => void;
}

const PRESENT: Prepared = {
  name: 'business_exists',
  text: 'SELECT id FROM businesses WHERE id = ANY ($1::uuid[])',
};

/** Tells whether businesses exist; those that are asked about while a statement is under way share the next. */
export class BusinessPresence {
  private readonly questions = new Batcher<Question>((asked) => this.ask(asked), { stalled: 1 });

  /** @param dataSource of the verify lane: a platform token is proven to be good for a business by this */
  constructor(private readonly dataSource: DataSource) {}

  /** Answers or fails within 2 s (R5). */
  exists(id: string): Promise<boolean> {
    const answer = new Promise<boolean>((resolve, reject) =>
      this.questions.submit({ id, answer: resolve, fail: reject }),
    );
    return withTimeout(LOOK_UP_MS_MAX, answer);
  }

  private async ask(asked: readonly Question[]): Promise<void> {
    try {
      const ids = [...new Set(asked.map(({ id }) => id))];
      const rows = await queryPrepared<{ id: string }>(this.dataSource, PRESENT, [ids]);
      const present = new Set(rows.map(({ id }) => id));
      for (const { id, answer } of asked) answer(present.has(id));
    } catch (error) {
      for (const { fail } of asked) fail(error);
    }
  }
}
