import { hourlyVerdicts } from '../../../packages/console/src/screens/token/hourly-verdicts.js';
import { relativeMoment } from '../../../packages/console/src/ui/moments.js';

const NONE = { revoked: 0, expired: 0, suspended: 0, exhausted: 0, insufficient_scope: 0, ip_not_allowed: 0 };

describe('the chart of the use of a token', () => {
  it('has every hour, those without a verdict too, and counts each refusal once', () => {
    const { moments, good, refused } = hourlyVerdicts({
      since: '2026-11-22T08:30:00.000Z',
      until: '2026-11-22T12:10:00.000Z',
      hours: [
        {
          hour: '2026-11-22T09:00:00.000Z',
          verdicts: { ...NONE, active: 3, revoked: 2, insufficient_scope: 1 },
        },
        { hour: '2026-11-22T12:00:00.000Z', verdicts: { ...NONE, active: 1 } },
        // Outside of what was asked for.
        { hour: '2026-11-21T09:00:00.000Z', verdicts: { ...NONE, active: 99 } },
      ],
    });
    expect(moments.map((moment) => new Date(moment * 1000).toISOString().slice(11, 16))).toEqual([
      '08:00',
      '09:00',
      '10:00',
      '11:00',
      '12:00',
    ]);
    expect(good).toEqual([0, 3, 0, 0, 1]);
    expect(refused).toEqual([0, 3, 0, 0, 0]);
  });
});

describe('a moment, as people say it', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  it.each([
    ['2026-11-22T11:59:55Z', 'now'],
    ['2026-11-22T11:59:15Z', '45 seconds ago'],
    ['2026-11-22T09:00:00Z', '3 hours ago'],
    ['2026-11-21T12:00:00Z', 'yesterday'],
    ['2026-12-22T11:59:00Z', 'in 30 days'],
    ['2028-11-22T12:00:00Z', 'in 2 years'],
  ])('%s: %s', (at, words) => {
    expect(relativeMoment(new Date(at), now)).toBe(words);
  });

  it('is short in a table', () => {
    expect(relativeMoment(new Date('2026-11-22T09:00:00Z'), now, true)).toBe('3 hr. ago');
  });
});
