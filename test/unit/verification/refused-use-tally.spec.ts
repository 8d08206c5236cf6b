import { PERIOD_MS, RefusedUseTally, type RefusedUseLine } from '../../../src/verification/refused-uses.js';

const use = (change: Partial<RefusedUseLine> = {}) => ({
  businessId: 'b',
  tokenId: 't',
  failure: 'revoked',
  use: 'call' as const,
  ip: '192.0.2.1',
  ...change,
});
const sum = (lines: readonly RefusedUseLine[]): number =>
  lines.reduce((total, { count }) => total + count, 0);

describe('refused uses of tokens', () => {
  it('are told at first, and then counted until a period is over', () => {
    const tally = new RefusedUseTally();
    tally.add(use(), 1000);
    expect(tally.take(1000)).toEqual([{ ...use(), count: 1, firstMs: 1000, lastMs: 1000 }]);
    for (let ms = 2000; ms < 12_000; ms += 1000) tally.add(use(), ms);
    expect(tally.take(999 + PERIOD_MS)).toEqual([]);
    expect(tally.take(1000 + PERIOD_MS)).toEqual([{ ...use(), count: 10, firstMs: 2000, lastMs: 11_000 }]);
    expect(tally.take(1000 + 2 * PERIOD_MS)).toEqual([]);
    tally.add(use(), 2000 + 2 * PERIOD_MS);
    expect(sum(tally.take(2000 + 2 * PERIOD_MS))).toBe(1);
  });

  it('are told apart by token, reason, purpose and address', () => {
    const tally = new RefusedUseTally();
    const others = [{ tokenId: 'u' }, { failure: 'expired' }, { use: 'gateway' as const }, { ip: null }];
    for (const change of [{}, ...others]) tally.add(use(change), 0);
    expect(tally.take(0).map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
  });

  it('are all counted, in bounded memory, however many tokens and businesses there are', () => {
    const tally = new RefusedUseTally();
    for (let number = 0; number < 60_000; number += 1)
      tally.add(use({ businessId: `b${number % 30_000}`, tokenId: `t${number}` }), 0);
    for (let number = 0; number < 5000; number += 1) tally.add(use({ tokenId: `t${number}` }), 0);
    const lines = tally.take(0);
    expect(sum(lines)).toBe(65_000);
    expect(lines.length).toBeLessThanOrEqual(20_200);
  });

  it('of many tokens of one business are a hundred lines, and one of the rest', () => {
    const tally = new RefusedUseTally();
    for (let number = 0; number < 1000; number += 1) tally.add(use({ tokenId: `t${number}` }), 0);
    const lines = tally.take(0);
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toMatchObject({ tokenId: null, businessId: 'b', failure: 'revoked', count: 900 });
  });

  it('that could not be written are told again, with what has come meanwhile', () => {
    const tally = new RefusedUseTally();
    tally.add(use(), 0);
    const lines = tally.take(0);
    tally.add(use(), 500);
    tally.putBack(lines);
    expect(tally.take(1000)).toEqual([{ ...use(), count: 2, firstMs: 0, lastMs: 500 }]);
  });

  it('are told in the end, whatever the period', () => {
    const tally = new RefusedUseTally();
    tally.add(use(), 0);
    tally.take(0);
    tally.add(use(), 1);
    expect(sum(tally.take(2, true))).toBe(1);
    expect(tally.take(3, true)).toEqual([]);
  });
});
