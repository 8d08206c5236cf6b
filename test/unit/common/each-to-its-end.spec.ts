import { eachToItsEnd } from '../../../src/common/each-to-its-end.js';

describe('work that is done for each to its end', () => {
  it('answers in the order that was given, whoever is done first', async () => {
    const ends: ((value: number) => void)[] = [];
    const all = eachToItsEnd([1, 2, 3], 3, () => new Promise<number>((resolve) => ends.push(resolve)));
    ends.toReversed().forEach((end, index) => end(index));
    expect(await all).toEqual([2, 1, 0]);
  });

  it('is under way for no more at once than it may', async () => {
    let underWay = 0;
    const seen = await eachToItsEnd(Array.from({ length: 20 }), 4, async () => {
      underWay++;
      await Promise.resolve();
      return underWay--;
    });
    expect(Math.max(...seen)).toBe(4);
  });

  it('goes on when it fails for one, and then tells of the first', async () => {
    const done: number[] = [];
    const work = (item: number): Promise<void> => {
      done.push(item);
      return item % 2 === 0 ? Promise.resolve() : Promise.reject(new Error(`of ${item}`));
    };
    await expect(eachToItsEnd([0, 1, 2, 3, 4], 1, work)).rejects.toThrow('of 1');
    expect(done).toEqual([0, 1, 2, 3, 4]);
  });

  it('takes nothing as well', async () => {
    expect(await eachToItsEnd([], 3, () => Promise.reject(new Error('nobody')))).toEqual([]);
  });
});
