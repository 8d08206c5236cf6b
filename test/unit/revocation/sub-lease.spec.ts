import { Lease } from '../../../src/revocation/lease.js';
import { thisMoment } from '../../../src/revocation/monotonic.js';
import { subLeaseEndMs, subLeaseMs } from '../../../src/revocation/client-verifiers/sub-lease.js';

const TERM_MS = 1000;
/** The rates of two clocks that are as far apart as is believed. */
const RATES = [1 / 1.02, 1, 1.02];

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
    for (let ms = 1; ms <= TERM_MS; ms++) expect(ms / rate).toBeLessThan(subLeaseEndMs(0, ms));
  });

  it('is none where little is left', () => {
    expect(subLeaseMs(11, TERM_MS)).toBeLessThanOrEqual(0);
    expect(subLeaseMs(0, TERM_MS)).toBeLessThanOrEqual(0);
    expect(subLeaseMs(-Infinity, TERM_MS)).toBeLessThanOrEqual(0);
  });

  it('does not reach beyond what the server’s machine has slept of its lease', () => {
    const lease = new Lease();
    const now = thisMoment();
    // Since it was earned 100 ms have passed, by a clock that stood still for another 600.
    lease.extend({ monotonicMs: now.monotonicMs - 100, wallMs: now.wallMs - 700 }, TERM_MS);
    expect(lease.holds()).toBe(true);
    expect(lease.remainingAt(now.monotonicMs)).toBeLessThanOrEqual(300);
    lease.end();
    expect(subLeaseMs(lease.remainingAt(now.monotonicMs), TERM_MS)).toBeLessThanOrEqual(0);
  });
});
