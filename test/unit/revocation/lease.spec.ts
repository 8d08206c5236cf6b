import { jest } from '@jest/globals';
import { Lease } from '../../../src/revocation/lease.js';
import { monotonicMs } from '../../../src/revocation/monotonic.js';

describe('a lease', () => {
  afterEach(() => jest.restoreAllMocks());

  it('does not hold before the first round', () => {
    expect(new Lease().holds()).toBe(false);
  });

  it('counts from when the round was sent, not from when it was answered', () => {
    const lease = new Lease();
    lease.extend(monotonicMs() - 2000, 1000);
    expect(lease.holds()).toBe(false);
    lease.extend(monotonicMs(), 60_000);
    expect(lease.holds()).toBe(true);
  });

  it('once ended, is not brought back by a round that was on its way', () => {
    const lease = new Lease();
    const sentAtMs = monotonicMs();
    lease.end();
    lease.extend(sentAtMs, 60_000);
    expect(lease.holds()).toBe(false);
  });

  it('is lost when the wall clock says that the machine slept, and is never lengthened by it', () => {
    const lease = new Lease();
    lease.extend(monotonicMs(), 60_000);
    const wallMs = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(wallMs + 61_000);
    expect(lease.holds()).toBe(false);
    jest.spyOn(Date, 'now').mockReturnValue(wallMs - 3_600_000);
    expect(lease.holds()).toBe(true);
    lease.extend(monotonicMs() - 1, 1);
    lease.end();
    expect(lease.holds()).toBe(false);
  });
});
