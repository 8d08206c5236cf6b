import { jest } from '@jest/globals';
import { DatabaseClock } from '../../../src/lease/database-clock.js';
import { processClock, thisMoment } from '../../../src/verifiers/monotonic.js';

describe("the database's clock", () => {
  afterEach(() => jest.restoreAllMocks());

  it('is carried on from when it was asked for', () => {
    const clock = new DatabaseClock(processClock, () => undefined);
    const sentAt = thisMoment();
    clock.set(1_000_000, sentAt);
    expect(clock.at(sentAt.monotonicMs + 500)).toBe(1_000_500);
  });

  it('does not take a reading that the machine slept over: what ended meanwhile would seem to have time left', () => {
    const clock = new DatabaseClock(processClock, () => undefined);
    clock.set(1_000_000, thisMoment());
    const before = thisMoment();
    const afterSleep = before.wallMs + 60_000;
    jest.spyOn(Date, 'now').mockReturnValue(afterSleep);
    const sentAt = thisMoment();
    clock.set(1_060_000, sentAt);
    clock.set(1_000_001, before);
    expect(clock.at(sentAt.monotonicMs)).toBe(1_060_000);
  });
});
