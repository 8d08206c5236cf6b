import { jest } from '@jest/globals';
import { Lease } from '../../../src/lease/lease.js';
import type { Moment } from '../../../src/lease/clock.js';
import { processClock, thisMoment } from '../../../src/verifiers/monotonic.js';

const ago = (ms: number): Moment => {
  const { monotonicMs, wallMs } = thisMoment();
  return { monotonicMs: monotonicMs - ms, wallMs: wallMs - ms };
};

describe('a lease', () => {
  afterEach(() => jest.restoreAllMocks());

  it('does not hold before the first round', () => {
    expect(new Lease(processClock).holds()).toBe(false);
  });

  it('counts from when the round was sent, not from when it was answered', () => {
    const lease = new Lease(processClock);
    lease.extend(ago(2000), 1000);
    expect(lease.holds()).toBe(false);
    lease.extend(thisMoment(), 60_000);
    expect(lease.holds()).toBe(true);
  });

  it('once ended, is not brought back by a round that was on its way', () => {
    const lease = new Lease(processClock);
    const sentAt = thisMoment();
    lease.end();
    lease.extend(sentAt, 60_000);
    expect(lease.holds()).toBe(false);
  });

  it('is lost when the wall clock says that the machine slept, and is never lengthened by it', () => {
    const lease = new Lease(processClock);
    lease.extend(thisMoment(), 60_000);
    const wallMs = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(wallMs + 61_000);
    expect(lease.holds()).toBe(false);
    jest.spyOn(Date, 'now').mockReturnValue(wallMs - 3_600_000);
    expect(lease.holds()).toBe(true);
    lease.extend(ago(1), 1);
    lease.end();
    expect(lease.holds()).toBe(false);
  });

  it('does not outlast a sleep of the machine that passed while the answer to its round was on the way', () => {
    const lease = new Lease(processClock);
    const sentAt = thisMoment();
    jest.spyOn(Date, 'now').mockReturnValue(sentAt.wallMs + 61_000);
    lease.extend(sentAt, 60_000);
    expect(lease.holds()).toBe(false);
    lease.extend(thisMoment(), 60_000);
    expect(lease.holds()).toBe(true);
  });
});
