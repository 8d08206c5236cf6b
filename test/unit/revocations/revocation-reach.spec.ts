import { reachOf } from '../../../src/revocations/derived/revocation-reach.js';

const ALL = { successors: true, children: true };
const NONE = { successors: false, children: false };

describe('What a revocation takes along', () => {
  it.each([
    [{}, NONE],
    [{ reason: null }, NONE],
    [{ reason: '' }, NONE],
    [{ reason: 'left the company' }, NONE],
    [{ reason: 'it leaked' }, NONE],
    [{ reason: ' leaked' }, NONE],
    [{ reason: 'leaked' }, ALL],
    [{ reason: 'LEAKED: in a build log' }, ALL],
    [
      { reason: 'leaked', successors: false },
      { successors: false, children: true },
    ],
    [
      { reason: 'leaked', successors: null, children: false },
      { successors: true, children: false },
    ],
    [{ successors: true }, { successors: true, children: false }],
    [
      { reason: 'cleaning up', children: true },
      { successors: false, children: true },
    ],
  ])('for %j is %j', (asked, expected) => {
    expect(reachOf(asked)).toEqual(expected);
  });
});
