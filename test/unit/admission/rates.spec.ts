import { jest } from '@jest/globals';
import { Rates } from '../../../src/admission/rates.js';
import type { policyConfig } from '../../../src/config/policy.config.js';

const POLICY = {
  openRouteRequestsPerMinute: 3,
  failedAuthenticationsPerMinute: 2,
  businessCallsPerSecond: 5,
  businessDenialsPerSecond: 2,
} as ReturnType<typeof policyConfig>;

describe('rates', () => {
  let rates: Rates;
  beforeEach(() => {
    jest.useFakeTimers();
    rates = new Rates(POLICY);
  });
  afterEach(() => void jest.useRealTimers());

  it('refuse what is over the limit until the window ends', () => {
    for (const expected of [0, 0, 0, 60]) expect(rates.spend('open-routes', '192.0.2.1')).toBe(expected);
    jest.advanceTimersByTime(59_000);
    expect(() => rates.demand('open-routes', '192.0.2.1')).toThrow('Too many requests');
    jest.advanceTimersByTime(1000);
    expect(rates.spend('open-routes', '192.0.2.1')).toBe(0);
  });

  it('count each limit apart, also of one setting', () => {
    for (let times = 0; times < 3; times++) rates.use('failed-authentications', '192.0.2.1');
    expect(rates.use('failed-authentications', '192.0.2.1', 0).isExceeded).toBe(true);
    expect(rates.secondsUntilNext('signed-refusals', '192.0.2.1')).toBe(0);
  });

  it('say that nothing is left before one too many was counted', () => {
    rates.use('signed-refusals', '192.0.2.1', 2);
    expect(rates.spend('signed-refusals', '192.0.2.1', 0)).toBe(0);
    expect(rates.secondsUntilNext('signed-refusals', '192.0.2.1')).toBe(60);
  });

  it('take a network of IPv6 for one address, and any other key as it is', () => {
    rates.use('open-routes', '2001:db8::1', 4);
    expect(rates.use('open-routes', '2001:db8::2', 0).isExceeded).toBe(true);
    rates.use('leak-repeats', '2001:db8::1', 11);
    expect(rates.use('leak-repeats', '2001:db8::2', 0).isExceeded).toBe(false);
  });

  it('leave to a business what one of its tokens was refused', () => {
    const greedy = { business: 'a', token: 'greedy' };
    for (let times = 0; times < 10; times++) rates.useShared('calls', greedy);
    expect(rates.useShared('calls', greedy)).toEqual([
      expect.objectContaining({ name: 'business-calls', limit: 5, remaining: 2, isExceeded: false }),
      expect.objectContaining({ name: 'token-calls', limit: 3, remaining: 0, isExceeded: true }),
    ]);
    const other = { business: 'a', token: 'other' };
    expect(rates.useShared('calls', other).map(({ isExceeded }) => isExceeded)).toEqual([false, false]);
  });

  it('let a token lower rights when others have used up what its business has', () => {
    rates.addShared('calls', { business: 'a', token: 'one' }, 100);
    expect(rates.useOfToken('calls', { business: 'a', token: 'two' })).toEqual([
      expect.objectContaining({ name: 'token-calls', isExceeded: false }),
    ]);
  });

  it('hold the platform in a business to the limit of a business', () => {
    expect(rates.useShared('denials', { business: 'platform in a', token: null })).toEqual([
      expect.objectContaining({ name: 'business-denials', limit: 2, remaining: 1 }),
    ]);
  });
});
