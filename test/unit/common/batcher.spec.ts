import { setImmediate as turn } from 'node:timers/promises';
import { Batcher } from '../../../src/common/batcher.js';
import { waitFor } from '../../support/wait-for.js';

describe('a batcher', () => {
  let batches: { items: string[]; finish: () => void }[];
  const batcherOf = (limits: { atOnce?: number; stalled: number }): Batcher<string> =>
    new Batcher((items) => new Promise((finish) => batches.push({ items, finish })), limits);
  const flushed = (): string[] => batches.map(({ items }) => items.join(' '));

  beforeEach(() => {
    batches = [];
  });

  it('flushes what finds it idle at once, with all that was submitted in the same turn', async () => {
    const batcher = batcherOf({ stalled: 0 });
    for (const item of ['a', 'b', 'c']) batcher.submit(item);
    await turn();
    expect(flushed()).toEqual(['a b c']);
  });

  it('adds nothing to a batch that was flushed: what comes later is answered by what is done later', async () => {
    const batcher = batcherOf({ stalled: 0 });
    batcher.submit('a');
    await turn();
    batcher.submit('b');
    batcher.submit('c');
    await turn();
    expect(flushed()).toEqual(['a']);
    batches[0]?.finish();
    await waitFor('the next batch', () => batches.length === 2);
    expect(flushed()).toEqual(['a', 'b c']);
  });

  it('has as many batches under way as it may', async () => {
    const batcher = batcherOf({ atOnce: 2, stalled: 0 });
    for (const item of ['a', 'b', 'c']) {
      batcher.submit(item);
      await turn();
    }
    expect(flushed()).toEqual(['a', 'b']);
  });

  it('goes on without stalled batches, as many as may be', async () => {
    const batcher = batcherOf({ stalled: 1 });
    batcher.submit('hangs');
    await turn();
    batcher.submit('hangs too');
    await waitFor('the second not to wait for the first', () => batches.length === 2);
    batcher.submit('waits');
    batches[1]?.finish();
    await waitFor('the third', () => batches.length === 3);
    expect(batcher.isIdle).toBe(false);
    for (const { finish } of batches) finish();
    await waitFor('nothing to be under way', () => batcher.isIdle);
  });

  it('puts at most 64 into a batch', async () => {
    const batcher = batcherOf({ atOnce: 2, stalled: 0 });
    for (let number = 0; number < 100; number++) batcher.submit(String(number));
    await waitFor('the rest to be flushed', () => batches.length === 2);
    expect(batches.map(({ items }) => items.length)).toEqual([64, 36]);
  });
});
