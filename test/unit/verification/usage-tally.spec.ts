import type { TokenFacts } from '../../../src/verification/token-facts.js';
import {
  CHARACTERS_MAX,
  hourOf,
  TOKENS_MAX,
  UsageTally,
  VALUES_MAX,
} from '../../../src/verification/usage/usage-tally.js';
import { usageRows } from '../../../src/verification/usage/usage.repository.js';

const NOW_MS = Date.UTC(2026, 10, 22, 8, 12);
const tokenOf = (id: string, scopes: string[] = []): TokenFacts =>
  ({
    id,
    business: { id: 'b' },
    owner: { kind: 'user', role: 'developer' },
    scopes,
  }) as unknown as TokenFacts;
const rowsOf = (tally: UsageTally) => usageRows([...tally.entries()]);

describe('usage in memory', () => {
  it('is counted by token and outcome', () => {
    const tally = new UsageTally(hourOf(NOW_MS), true);
    const [one, two] = [tokenOf('1'), tokenOf('2')];
    for (let index = 0; index < 3; index++) tally.add(one, 'active', { from: null, scopes: [] }, NOW_MS);
    tally.add(one, 'ip_not_allowed', { from: '203.0.113.7' }, NOW_MS);
    tally.add(two, 'active', { from: null, scopes: [] }, NOW_MS, 40);
    expect(rowsOf(tally)).toEqual({
      counted: [
        { tokenId: '1', businessId: 'b', counts: [3, 0, 0, 0, 0, 0, 1] },
        { tokenId: '2', businessId: 'b', counts: [40, 0, 0, 0, 0, 0, 0] },
      ],
      addresses: [],
      userAgents: [],
      asked: [],
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

  describe('of the scopes that good tokens were asked for', () => {
    const askedIn = (tally: UsageTally): unknown[] =>
      rowsOf(tally)
        .asked.map(({ scope, isCarried, ms }) => [scope, isCarried, ms - NOW_MS])
        .toSorted();
    const asked = (token: TokenFacts, ...lists: (string[] | null)[]): unknown[] => {
      const tally = new UsageTally(hourOf(NOW_MS), false);
      for (const [index, scopes] of lists.entries())
        tally.add(token, 'active', { from: null, scopes }, NOW_MS + index);
      return askedIn(tally);
    };

    it('keeps each once, with when the token was last asked for any', () => {
      const token = tokenOf('1', ['orders:read', 'orders:write', 'invoices:read']);
      const lists = [['orders:read'], ['orders:read', 'invoices:read'], ['invoices:read'], []];
      expect(asked(token, ...lists)).toEqual([
        ['invoices:read', true, 2],
        ['orders:read', true, 2],
      ]);
    });

    it('tells what the token carries from what something wider stands for', () => {
      expect(asked(tokenOf('1', ['orders:write']), ['orders:read'])).toEqual([['orders:read', false, 0]]);
      const admin = { ...tokenOf('1', ['rescind:business:admin']) };
      Object.assign(admin, { owner: { kind: 'user', role: 'admin' } });
      expect(asked(admin, ['rescind:tokens:read'], ['rescind:business:admin'], ['any:thing'])).toEqual([
        ['any:thing', false, 2],
        ['rescind:business:admin', true, 2],
        ['rescind:tokens:read', false, 2],
      ]);
    });

    it('keeps none that the token lacks, that its owner’s role does not allow, or that is no scope', () => {
      const token = tokenOf('1', ['orders:read', 'rescind:members:write']);
      expect(asked(token, ['orders:write'], ['rescind:members:write'])).toEqual([]);
      const admin = { ...tokenOf('1', ['rescind:business:admin']) };
      Object.assign(admin, { owner: { kind: 'user', role: 'admin' } });
      expect(asked(admin, ['two words', 'a"b', '', 'x'.repeat(129), 'rescind:none'])).toEqual([]);
    });

    it('knows when nobody said, and tells that from a verdict that takes none', () => {
      const token = tokenOf('1', ['orders:read']);
      expect(asked(token, [], null)).toEqual([['', false, 1]]);
      expect(asked(token, [])).toEqual([]);
      const tally = new UsageTally(hourOf(NOW_MS), true);
      tally.add(token, 'active', { from: null }, NOW_MS);
      expect(askedIn(tally)).toEqual([['', false, 0]]);
    });

    it('keeps nothing of refusals, and nothing of the platform’s own tokens', () => {
      const tally = new UsageTally(hourOf(NOW_MS), true);
      const scopes = ['orders:read'];
      for (const outcome of ['insufficient_scope', 'revoked', 'exhausted'] as const)
        tally.add(tokenOf('1', scopes), outcome, { from: null, scopes }, NOW_MS);
      const own = { ...tokenOf('2', scopes), business: null } as TokenFacts;
      tally.add(own, 'active', { from: null, scopes }, NOW_MS);
      expect(askedIn(tally)).toEqual([]);
    });

    it('notes what was found out apart from the verdict, and counts none', () => {
      const tally = new UsageTally(hourOf(NOW_MS), true);
      tally.ask(tokenOf('1', ['orders:read']), ['orders:read'], NOW_MS);
      const { counted } = rowsOf(tally);
      expect(counted.map(({ counts }) => counts)).toEqual([[0, 0, 0, 0, 0, 0, 0]]);
      expect(askedIn(tally)).toEqual([['orders:read', true, 0]]);
    });

    it('joins what a token was asked for before and after it was looked up anew', () => {
      const tally = new UsageTally(hourOf(NOW_MS), true);
      const scopes = ['orders:read', 'orders:write'];
      tally.add(tokenOf('1', scopes), 'active', { from: null, scopes: ['orders:read'] }, NOW_MS);
      tally.add(tokenOf('1', scopes), 'active', { from: null, scopes }, NOW_MS + 5);
      tally.add(tokenOf('1', scopes), 'active', { from: null, scopes: null }, NOW_MS + 9);
      expect(askedIn(tally)).toEqual([
        ['', false, 9],
        ['orders:read', true, 5],
        ['orders:write', true, 5],
      ]);
    });

    it('keeps all that a token carries, and of what it has by another sixteen', () => {
      const carried = Array.from({ length: 99 }, (_, index) => `thing-${index}:write`);
      const token = tokenOf('1', [...carried, 'rescind:business:admin']);
      Object.assign(token, { owner: { kind: 'user', role: 'admin' } });
      const others = Array.from({ length: 50 }, (_, index) => `other-${index}`);
      const kept = asked(token, others, carried) as [string, boolean, number][];
      expect(kept.filter(([, isCarried]) => isCarried)).toHaveLength(99);
      expect(kept.filter(([, isCarried]) => !isCarried)).toHaveLength(16);
    });

    it('calls unknown what there is no room for', () => {
      const tally = new UsageTally(hourOf(NOW_MS), true);
      const agent = (index: number): string => `${index} `.padEnd(256, 'x');
      for (let index = 0; index < CHARACTERS_MAX / 288 + 1; index++)
        tally.add(
          tokenOf(`t${index}`),
          'active',
          { from: null, userAgent: agent(index), scopes: [] },
          NOW_MS,
        );
      const late = Array.from({ length: 20 }, (_, index) => `late-${index}`);
      tally.add(tokenOf('late', late), 'active', { from: null, scopes: late }, NOW_MS);
      const kept = rowsOf(tally).asked.map(({ scope }) => scope);
      expect(kept).toContain('');
      expect(kept.length).toBeLessThan(20);
    });
  });
});
