import { setImmediate as turn } from 'node:timers/promises';
import { Batcher } from '../../../src/common/batcher.js';
import { waitFor } from '../../support/wait-for.js';

describe('a line of passengers', () => {
  let rides: { passengers: string[]; arrive: () => void }[];
  const lineOf = (ridesMax: { atOnce?: number; stalled: number }): Batcher<string> =>
    new Batcher((passengers) => new Promise((arrive) => rides.push({ passengers, arrive })), ridesMax);
  const departed = (): string[] => rides.map(({ passengers }) => passengers.join(' '));

  beforeEach(() => {
    rides = [];
  });

  it('takes whoever finds it empty at once, with all who came in the same turn', async () => {
    const line = lineOf({ stalled: 0 });
    for (const passenger of ['a', 'b', 'c']) line.submit(passenger);
    await turn();
    expect(departed()).toEqual(['a b c']);
  });

  it('never lets anybody board what has departed: who comes later is answered by what is done later', async () => {
    const line = lineOf({ stalled: 0 });
    line.submit('a');
    await turn();
    line.submit('b');
    line.submit('c');
    await turn();
    expect(departed()).toEqual(['a']);
    rides[0]?.arrive();
    await waitFor('the next ride', () => rides.length === 2);
    expect(departed()).toEqual(['a', 'b c']);
  });

  it('has as many under way as it may', async () => {
    const line = lineOf({ atOnce: 2, stalled: 0 });
    for (const passenger of ['a', 'b', 'c']) {
      line.submit(passenger);
      await turn();
    }
    expect(departed()).toEqual(['a', 'b']);
  });

  it('leaves without those that are late, as many as may be', async () => {
    const line = lineOf({ stalled: 1 });
    line.submit('hangs');
    await turn();
    line.submit('hangs too');
    await waitFor('the second to leave without the first', () => rides.length === 2);
    line.submit('waits');
    rides[1]?.arrive();
    await waitFor('the third', () => rides.length === 3);
    expect(line.isIdle).toBe(false);
    for (const { arrive } of rides) arrive();
    await waitFor('nothing to be under way', () => line.isIdle);
  });

  it('has 64 seats', async () => {
    const line = lineOf({ atOnce: 2, stalled: 0 });
    for (let number = 0; number < 100; number++) line.submit(String(number));
    await waitFor('the rest to leave', () => rides.length === 2);
    expect(rides.map(({ passengers }) => passengers.length)).toEqual([64, 36]);
  });
});
