import { refusal } from '../../../src/common/errors/domain-error.js';
import { markInRounds } from '../../../src/revocations/marking-rounds.js';

interface Due {
  id: string;
  businessId: string;
  /** How many steps it takes. */
  steps: number;
}

const A_PAGE = 2;
const lockTimeout = Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' });

describe('what is marked in steps', () => {
  const sets: Due[] = [];
  const steps: string[] = [];
  const failures: string[] = [];
  const never = new AbortController().signal;
  beforeEach(() => [sets, steps, failures].forEach((each) => (each.length = 0)));

  const add = (id: string, businessId: string, count: number): void => {
    sets.push({ id, businessId, steps: count });
  };
  /** @param fail thrown at each step of a set of that business, or of that id */
  const mark = (fail: Record<string, Error> = {}, over = never, onStep = () => undefined): Promise<void> =>
    markInRounds<Due>(
      {
        after: (last) => {
          const due = sets.filter(({ id, steps: left }) => left > 0 && id > (last?.id ?? ''));
          return Promise.resolve(due.slice(0, A_PAGE));
        },
        step: (set) => {
          steps.push(set.id);
          onStep();
          const error = fail[set.id] ?? fail[set.businessId];
          if (error !== undefined) return Promise.reject(error);
          set.steps--;
          return Promise.resolve(set.steps > 0);
        },
        failed: (_, { id }) => failures.push(id),
      },
      over,
    );

  it('is marked to the end, however many there are, in turns', async () => {
    for (const id of ['1', '2', '3', '4', '5']) add(id, id, id === '4' ? 3 : 1);
    await mark();
    expect(steps).toEqual(['1', '2', '3', '4', '5', '4', '4']);
  });

  it('keeps nothing else waiting for long when logs are held: each is tried once', async () => {
    for (const id of ['1', '2', '3', '4']) add(id, 'held', 1);
    add('5', 'free', 3);
    await mark({ held: refusal('audit.unwritable', { cause: lockTimeout }) });
    expect(steps).toEqual(['1', '5', '5', '5']);
    expect(failures).toEqual([]);
  });

  it('keeps nothing else from being marked when it fails, of the same business either', async () => {
    for (const id of ['1', '2', '3', '4']) add(id, 'one', 2);
    await mark({ '1': new Error('broken'), '2': refusal('audit.unwritable'), '3': lockTimeout });
    expect(steps).toEqual(['1', '2', '3', '4', '4']);
    // A held row is no failure.
    expect(failures).toEqual(['1', '2']);
  });

  it('is left as it is as soon as the work is over', async () => {
    for (const id of ['1', '2', '3']) add(id, id, 2);
    const over = new AbortController();
    await mark({}, over.signal, () => {
      if (steps.length === 2) over.abort();
      return undefined;
    });
    expect(steps).toEqual(['1', '2']);
  });
});
