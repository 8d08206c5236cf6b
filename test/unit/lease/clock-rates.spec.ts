import { Lease } from '../../../src/lease/lease.js';
import { processClock, thisMoment } from '../../../src/verifiers/monotonic.js';
import { ClockRate, expiryUpperBoundMs, subLeaseMs } from '../../../src/lease/clock-rates.js';

const TERM_MS = 1000;
/** What two stock time daemons make of two clocks at most, in opposite directions. */
const RATES = [0.9167 / 1.0833, 1, 1.0833 / 0.9167];

describe('the sub-lease of a client verifier', () => {
  it.each(RATES)('ends before the lease it rests on, by a clock that runs at %d of the server’s', (rate) => {
    for (let remainingMs = -100; remainingMs <= 60_000; remainingMs += 0.5) {
      const ms = subLeaseMs(remainingMs, TERM_MS);
      // Counted by the client from before the server read its clock; so long it takes on the server's.
      if (ms > 0) expect(ms / rate).toBeLessThan(remainingMs);
      expect(ms).toBeLessThanOrEqual(TERM_MS);
    }
  });

  it.each(RATES)('is over when its server thinks so, by a clock that runs at %d of the server’s', (rate) => {
    for (let ms = 1; ms <= TERM_MS; ms++) expect(ms / rate).toBeLessThan(expiryUpperBoundMs(ms));
  });

  it('is none where little is left', () => {
    expect(subLeaseMs(12, TERM_MS)).toBeLessThanOrEqual(0);
    expect(subLeaseMs(0, TERM_MS)).toBeLessThanOrEqual(0);
    expect(subLeaseMs(-Infinity, TERM_MS)).toBeLessThanOrEqual(0);
  });

  it('does not reach beyond what the server’s machine has slept of its lease', () => {
    const lease = new Lease(processClock);
    const now = thisMoment();
    // Since it was earned 100 ms have passed, by a clock that stood still for another 600.
    lease.extend({ monotonicMs: now.monotonicMs - 100, wallMs: now.wallMs - 700 }, TERM_MS);
    expect(lease.holds()).toBe(true);
    expect(lease.remainingAt(now.monotonicMs)).toBeLessThanOrEqual(300);
    lease.end();
    expect(subLeaseMs(lease.remainingAt(now.monotonicMs), TERM_MS)).toBeLessThanOrEqual(0);
  });
});

describe('the rate of the monotonic clock', () => {
  /** A reading four times a second for two minutes. @returns how often a warning is due, and what is measured last */
  function watched(databaseMsAt: (ownMs: number) => number): { warnings: number; difference: number | null } {
    const rate = new ClockRate();
    let warnings = 0;
    for (let ownMs = 0; ownMs <= 150_000; ownMs += 250)
      if (rate.observe(ownMs, databaseMsAt(ownMs))) warnings++;
    return { warnings, difference: rate.difference };
  }

  it.each([0.9167, 1 / 0.9167, 1.05, 1])(
    'is measured, and %d alone of a stock daemon warns nobody',
    (rate) => {
      const { warnings, difference } = watched((ownMs) => ownMs * rate);
      expect(warnings).toBe(0);
      expect(difference).toBeCloseTo(1 / rate - 1, 5);
    },
  );

  it.each([0.85, 1.18])(
    'is worth a warning at %d: more than half of what two clocks may differ by',
    (rate) => {
      expect(watched((ownMs) => ownMs * rate).warnings).toBe(2);
    },
  );

  it.each([5000, -5000, 3_600_000])('is not told from a clock that was set by %d ms', (stepMs) => {
    const { warnings, difference } = watched((ownMs) => ownMs + (ownMs > 30_000 ? stepMs : 0));
    expect(warnings).toBe(0);
    expect(difference).toBeCloseTo(0, 5);
  });

  it('is unknown before a minute without a step, and round trips of a second do not blur it', () => {
    expect(watched((ownMs) => ownMs + (ownMs % 40_000 === 0 ? 60_000 : 0)).difference).toBeNull();
    expect(Math.abs(watched((ownMs) => ownMs + (ownMs % 3000) / 3).difference as number)).toBeLessThan(0.02);
  });
});
