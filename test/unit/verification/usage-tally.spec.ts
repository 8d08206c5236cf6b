import type { TokenFacts } from '../../../src/verification/token-facts.js';
import { VALUES_MAX } from '../../../src/verification/usage/latest-values.js';
import { usageRows } from '../../../src/verification/usage/usage-rows.js';
import { CHARACTERS_MAX, TOKENS_MAX, UsageTally } from '../../../src/verification/usage/usage-tally.js';
import { hourOf } from '../../../src/verification/usage/usage-outcome.js';

const NOW_MS = Date.UTC(2026, 10, 22, 8, 12);
const tokenOf = (id: string): TokenFacts => ({ id, business: { id: 'b' } }) as TokenFacts;
const rowsOf = (tally: UsageTally) => usageRows([...tally.entries()]);

describe('usage in memory', () => {
  it('is counted by token and outcome', () => {
    const tally = new UsageTally(hourOf(NOW_MS), true);
    const [one, two] = [tokenOf('1'), tokenOf('2')];
    for (let index = 0; index < 3; index++) tally.add(one, 'active', { from: null }, NOW_MS);
    tally.add(one, 'ip_not_allowed', { from: '203.0.113.7' }, NOW_MS);
    tally.add(two, 'active', { from: null }, NOW_MS, 40);
    expect(rowsOf(tally)).toEqual({
      counted: [
        { tokenId: '1', businessId: 'b', counts: [3, 0, 0, 0, 0, 0, 1] },
        { tokenId: '2', businessId: 'b', counts: [40, 0, 0, 0, 0, 0, 0] },
      ],
      addresses: [],
      userAgents: [],
    });
  });

  it('keeps of a token the addresses seen last, however often others were', () => {
    const tally = new UsageTally(hourOf(NOW_MS), true);
    const token = tokenOf('1');
    const addressOf = (index: number): string => `10.0.0.${index}`;
    for (let index = 0; index < 50; index++)
      tally.add(token, 'active', { from: addressOf(index % 40) }, NOW_MS + index);
    const { addresses } = rowsOf(tally);
    expect(addresses).toHaveLength(VALUES_MAX);
    expect(addresses.map(({ value }) => value)).toEqual(
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 39, 38, 37, 36, 35, 34].map(addressOf),
    );
    expect(addresses[0]?.ms).toBe(NOW_MS + 49);
  });

  it('writes one address once, in whatever clothes it came, and nothing that is none', () => {
    const tally = new UsageTally(hourOf(NOW_MS), true);
    // The same token, forgotten and looked up anew.
    const [before, after] = [tokenOf('1'), tokenOf('1')];
    tally.add(before, 'active', { from: '::ffff:10.0.0.1', userAgent: 'a' }, NOW_MS);
    tally.add(before, 'active', { from: 'unknown, or 1.2.3', userAgent: '' }, NOW_MS);
    tally.add(after, 'active', { from: '10.0.0.1', userAgent: 'a' }, NOW_MS + 1);
    tally.add(after, 'active', { from: 'fe80::1%eth0', userAgent: null }, NOW_MS);
    const { counted, addresses, userAgents } = rowsOf(tally);
    expect(counted).toEqual([{ tokenId: '1', businessId: 'b', counts: [4, 0, 0, 0, 0, 0, 0] }]);
    expect(addresses.map(({ value, ms }) => [value, ms])).toEqual([
      ['10.0.0.1', NOW_MS + 1],
      ['fe80::1', NOW_MS],
    ]);
    expect(userAgents.map(({ value }) => value)).toEqual(['a']);
  });

  it('holds no more tokens and characters than it says', () => {
    const tally = new UsageTally(hourOf(NOW_MS), true);
    const agent = (index: number, turn: number): string => `${turn} ${index} `.padEnd(256, 'x');
    for (let turn = 0; turn < 2; turn++)
      for (let index = 0; index < TOKENS_MAX / 2; index++)
        tally.add(
          tokenOf(`${turn} ${index}`),
          'active',
          { from: null, userAgent: agent(index, turn) },
          NOW_MS,
        );
    tally.add(tokenOf('one more'), 'active', { from: null }, NOW_MS);
    expect(tally.size).toBe(TOKENS_MAX);
    let characters = 0;
    for (const [, { userAgents }] of tally.entries())
      for (const [value] of userAgents?.entries() ?? []) characters += value.length + 32;
    expect(characters).toBeLessThanOrEqual(CHARACTERS_MAX);
    expect(characters).toBeGreaterThan(CHARACTERS_MAX - 1000);
  });

  it('knows no addresses where only counts are wanted', () => {
    const tally = new UsageTally(hourOf(NOW_MS), false);
    tally.add(tokenOf('1'), 'active', { from: '10.0.0.1', userAgent: 'a' }, NOW_MS);
    expect(rowsOf(tally)).toMatchObject({ addresses: [], userAgents: [] });
  });

  it('belongs to the hour of its moment, before 1970 as well', () => {
    expect(hourOf(NOW_MS)).toBe(Date.UTC(2026, 10, 22, 8));
    expect(hourOf(Date.UTC(1969, 0, 1, 0, 1))).toBe(Date.UTC(1969, 0, 1, 0));
  });
});
