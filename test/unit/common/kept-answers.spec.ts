import { KeptAnswers } from '../../../src/common/kept-answers.js';

const HOUR_MS = 3_600_000;

describe('kept answers', () => {
  it('are asked for once for the same, and for each other', async () => {
    const answers = new KeptAnswers<number>(HOUR_MS, 10);
    let asked = 0;
    const ask = (key: string) => answers.of(key, () => Promise.resolve(++asked));
    expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual([1, 1, 2]);
    expect(await ask('a')).toBe(1);
  });

  it('are asked for anew when they are no longer good, or failed', async () => {
    const stale = new KeptAnswers<number>(0, 10);
    let asked = 0;
    await stale.of('a', () => Promise.resolve(++asked));
    expect(await stale.of('a', () => Promise.resolve(++asked))).toBe(2);
    const answers = new KeptAnswers<number>(HOUR_MS, 10);
    await expect(answers.of('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await answers.of('a', () => Promise.resolve(3))).toBe(3);
  });

  it('are no more than so many: the oldest goes', async () => {
    const answers = new KeptAnswers<number>(HOUR_MS, 2);
    let asked = 0;
    const ask = (key: string) => answers.of(key, () => Promise.resolve(++asked));
    for (const key of ['a', 'b', 'c']) await ask(key);
    expect([await ask('c'), await ask('b'), await ask('a')]).toEqual([3, 2, 4]);
  });
});
