import { isInstant } from '../../../src/common/instant.js';

describe('an instant in a cursor', () => {
  it.each(['2026-01-31T23:59:59.999Z', '2024-02-29T00:00:00.000Z', '0001-01-01T00:00:00.000Z'])(
    'is %s',
    (text) => {
      expect(isInstant(text)).toBe(true);
    },
  );

  it.each([
    '2026-02-29T00:00:00.000Z',
    '2026-02-30T00:00:00.000Z',
    '2026-13-01T00:00:00.000Z',
    '2026-01-01T24:00:00.000Z',
    '0000-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00Z',
    '2026-01-01',
    'infinity',
    '',
  ])('is not %j', (text) => {
    expect(isInstant(text)).toBe(false);
  });
});
