import { ReportAllowance } from '../../../src/verifier-stream/client-connection.js';

const TERM_MS = 1000;

/** How many are taken of those that come at these times. */
function taken(allowance: ReportAllowance, times: readonly number[]): number {
  return times.filter((ms) => allowance.takes(ms)).length;
}

describe('reports of use on one connection', () => {
  it('are taken for ever at twice the rate of the package', () => {
    const allowance = new ReportAllowance(TERM_MS, 0);
    const times = Array.from({ length: 1600 }, (_, index) => ((index + 1) * TERM_MS) / 16);
    expect(taken(allowance, times)).toBe(1600);
  });

  it('may come together after a time without any', () => {
    const allowance = new ReportAllowance(TERM_MS, 0);
    const once = Array.from({ length: 100 }, () => 60 * TERM_MS);
    expect(taken(allowance, once)).toBe(64);
  });

  it('beyond that they are not taken, and sending more does not make it less', () => {
    const allowance = new ReportAllowance(TERM_MS, 0);
    const times = Array.from({ length: 100_000 }, (_, index) => index / 10);
    expect(taken(allowance, times)).toBeGreaterThanOrEqual(64 + 16 * 10 - 1);
    expect(taken(allowance, [10_000])).toBeLessThanOrEqual(1);
  });

  it('no more than sixteen a term are taken in the long run', () => {
    const allowance = new ReportAllowance(TERM_MS, 0);
    const times = Array.from({ length: 100_000 }, (_, index) => index);
    expect(taken(allowance, times)).toBeLessThanOrEqual(64 + 16 * 100);
  });
});
