import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import type { DatabaseClock } from '../../../src/lease/database-clock.js';
import type { TokenFacts } from '../../../src/verification/token-facts.js';
import { TokenUsage, UsagePurge } from '../../../src/verification/usage/token-usage.js';
import { UsageRepository } from '../../../src/verification/usage/usage.repository.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 22, 8, 59, 59);
const TABLES = [
  'token_usage',
  'business_usage',
  'token_addresses',
  'token_user_agents',
  'token_asked_scopes',
];

describe('usage in the database', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  /** The readings of the monotonic clock are those of the database's. */
  const clock = { at: (ms: number) => ms, nowMs: () => NOW_MS } as DatabaseClock;
  beforeEach(async () => {
    database = await freshDatabase();
    dataSource = await new DataSource(dataSourceOptions({ url: database.url, poolMax: 8 })).initialize();
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const usage = (recording = 'full') =>
    new TokenUsage(new UsageRepository(dataSource), clock, { recording, days: 30 } as never);
  const purge = (recording = 'full', days = 30) =>
    new UsagePurge(new UsageRepository(dataSource), clock, { recording, days } as never).round(
      new AbortController().signal,
    );
  const tokens = (count: number, businessId: string | null = randomUUID()): TokenFacts[] =>
    Array.from(
      { length: count },
      () =>
        ({
          id: randomUUID(),
          business: businessId === null ? null : { id: businessId },
          owner: { kind: 'user', role: 'developer' },
          scopes: ['a:read', 'b:read', 'c:write'],
          session: null,
        }) as unknown as TokenFacts,
    );
  const rows = async (): Promise<Record<string, number>> => {
    const counts = await Promise.all(
      TABLES.map((table) =>
        sql<{ n: number }>(database.superuserUrl, `SELECT count(*)::int AS n FROM ${table}`),
      ),
    );
    return Object.fromEntries(TABLES.map((table, index) => [table, counts[index]?.[0]?.n ?? NaN]));
  };

  it('adds up what several processes write at once, of as many tokens as there are', async () => {
    const used = tokens(5000);
    const processes = [usage(), usage(), usage(), usage()];
    for (const [index, process] of processes.entries())
      for (const token of index % 2 === 0 ? used : used.toReversed())
        for (const ip of ['10.0.0.1', '10.0.0.2'])
          process.note(token, 'active', { from: ip, userAgent: 'a' }, NOW_MS);
    await Promise.all(processes.map((process) => process.flush()));
    await Promise.all(processes.map((process) => process.flush()));
    const [sums] = await sql<object>(
      database.superuserUrl,
      `SELECT (SELECT count(DISTINCT active) FROM token_usage)::int AS differing, (SELECT min(active) FROM token_usage) AS each,
         (SELECT sum(active)::int FROM business_usage) AS all, (SELECT count(*)::int FROM token_addresses) AS addresses,
         (SELECT count(*)::int FROM token_user_agents) AS agents`,
    );
    expect(sums).toEqual({ differing: 1, each: 8, all: 40_000, addresses: 10_000, agents: 5000 });
  });

  it('keeps to the hours in which verdicts were given, whenever they are written', async () => {
    const [token] = tokens(1) as [TokenFacts];
    const process = usage();
    process.note(token, 'active', { from: null }, NOW_MS);
    process.note(token, 'active', { from: null }, NOW_MS + 1000);
    process.note(token, 'revoked', { from: null }, NOW_MS + 2000);
    await process.flush();
    const hours = await sql(
      database.superuserUrl,
      'SELECT hour, active, revoked FROM token_usage ORDER BY hour',
    );
    expect(hours).toEqual([
      { hour: new Date(NOW_MS - 59 * 60_000 - 59_000), active: 1, revoked: 0 },
      { hour: new Date(NOW_MS + 1000), active: 1, revoked: 1 },
    ]);
  });

  it('writes an address that is in constant use once a minute', async () => {
    const [token] = tokens(1) as [TokenFacts];
    const process = usage();
    const seenAt = async (): Promise<unknown> => {
      const [row] = await sql<{ last_seen_at: Date; first_seen_at: Date }>(
        database.superuserUrl,
        'SELECT first_seen_at, last_seen_at FROM token_addresses',
      );
      return row;
    };
    for (const [afterMs, lastMs] of [
      [0, 0],
      [59_000, 0],
      [61_000, 61_000],
      [30_000, 61_000],
    ] as const) {
      process.note(token, 'active', { from: '10.0.0.1' }, NOW_MS + afterMs);
      await process.flush();
      expect(await seenAt()).toEqual({
        first_seen_at: new Date(NOW_MS),
        last_seen_at: new Date(NOW_MS + lastMs),
      });
    }
  });

  describe('of the scopes that tokens are asked for', () => {
    const DAY_MS = 24 * HOUR_MS;
    const scopesOf = ({ id }: TokenFacts) =>
      sql<{ scope: string; first_asked_at: Date; last_asked_at: Date }>(
        database.superuserUrl,
        'SELECT scope, first_asked_at, last_asked_at FROM token_asked_scopes WHERE token_id = $1 ORDER BY scope',
        [id],
      );
    const ask = async (token: TokenFacts, scopes: string[] | null, atMs: number): Promise<void> => {
      const process = usage();
      process.note(token, 'active', { from: null, scopes }, atMs);
      await process.flush();
    };
    const namesOf = async (token: TokenFacts): Promise<string[]> =>
      (await scopesOf(token)).map(({ scope }) => scope);

    it('writes one that is in constant use once an hour', async () => {
      const [token] = tokens(1) as [TokenFacts];
      for (const [afterMs, lastMs] of [
        [0, 0],
        [HOUR_MS - 1000, 0],
        [HOUR_MS + 1000, HOUR_MS + 1000],
        [HOUR_MS, HOUR_MS + 1000],
      ] as const) {
        await ask(token, ['a:read'], NOW_MS + afterMs);
        expect(await scopesOf(token)).toEqual([
          { scope: 'a:read', first_asked_at: new Date(NOW_MS), last_asked_at: new Date(NOW_MS + lastMs) },
        ]);
      }
    });

    it('notes that nobody said of tokens alone that were asked for some', async () => {
      const [silent, asked] = tokens(2) as [TokenFacts, TokenFacts];
      await ask(asked, ['a:read'], NOW_MS);
      for (const token of [silent, asked]) await ask(token, null, NOW_MS + 1000);
      expect([await namesOf(silent), await namesOf(asked)]).toEqual([[], ['', 'a:read']]);
    });

    it('keeps about a hundred of those that an administrator has without carrying them, and each that a token carries', async () => {
      const [token] = tokens(1) as [TokenFacts];
      const carried = Array.from({ length: 99 }, (_, index) => `own-${index}`);
      const admin = { ...token, scopes: [...carried, 'rescind:business:admin'] } as unknown as TokenFacts;
      Object.assign(admin, { owner: { kind: 'user', role: 'admin' } });
      for (let turn = 0; turn < 12; turn++)
        await ask(
          admin,
          Array.from({ length: 16 }, (_, index) => `other-${turn}-${index}`),
          NOW_MS + turn,
        );
      await ask(admin, carried, NOW_MS + 100);
      const names = await namesOf(admin);
      expect(names.filter((name) => name.startsWith('own'))).toHaveLength(99);
      const others = names.filter((name) => name.startsWith('other')).length;
      expect(others).toBeGreaterThanOrEqual(100);
      expect(others).toBeLessThan(116);
    });

    it('keeps all of a token that is asked for any, and nothing of one that is not', async () => {
      const [ended, steady] = tokens(2) as [TokenFacts, TokenFacts];
      for (const token of [ended, steady]) {
        await ask(token, ['a:read'], NOW_MS - 60 * DAY_MS);
        await ask(token, ['b:read'], NOW_MS - 50 * DAY_MS);
        await ask(token, null, NOW_MS - 40 * DAY_MS);
      }
      await ask(steady, ['b:read'], NOW_MS - 20 * DAY_MS);
      await purge();
      // That nobody said is too long ago to matter.
      expect([await namesOf(ended), await namesOf(steady)]).toEqual([[], ['a:read', 'b:read']]);
    });

    it('keeps nothing behind of an hour that is deleted, whenever in it that was', async () => {
      const [token] = tokens(1) as [TokenFacts];
      const process = usage();
      // The days end within the hour, before its last use.
      const presented = { from: '10.0.0.1', userAgent: 'a', scopes: ['a:read'] };
      process.note(token, 'active', presented, NOW_MS - 30 * DAY_MS + 500);
      await process.flush();
      await purge();
      expect((await rows()).token_addresses).toBe(1);
      await new UsagePurge(
        new UsageRepository(dataSource),
        { nowMs: () => NOW_MS + HOUR_MS + 1000 } as DatabaseClock,
        { recording: 'full', days: 30 } as never,
      ).round(new AbortController().signal);
      expect(await rows()).toMatchObject({
        token_usage: 0,
        token_addresses: 0,
        token_user_agents: 0,
        token_asked_scopes: 0,
      });
    });
  });

  it('never holds a verdict up, nor fails, when the database is away', async () => {
    const process = usage();
    process.note(tokens(1)[0] as TokenFacts, 'active', { from: null }, NOW_MS);
    await dataSource.destroy();
    await process.flush();
    dataSource = await dataSource.initialize();
    await process.flush();
    expect((await rows()).token_usage).toBe(0);
  });

  it('is deleted when it is older than it is to be kept, with the addresses of then', async () => {
    const [old, steady] = tokens(2) as [TokenFacts, TokenFacts];
    const process = usage();
    const DAY_MS = 24 * HOUR_MS;
    for (const token of tokens(3000))
      process.note(token, 'active', { from: '10.0.0.9', userAgent: 'x' }, NOW_MS - 41 * DAY_MS);
    process.note(old, 'active', { from: '10.0.0.1', userAgent: 'a' }, NOW_MS - 40 * DAY_MS);
    process.note(steady, 'active', { from: '10.0.0.2', userAgent: 'b' }, NOW_MS - 40 * DAY_MS);
    await process.flush();
    process.note(steady, 'active', { from: '10.0.0.3', userAgent: 'b' }, NOW_MS - 20 * DAY_MS);
    await process.flush();
    await purge();
    expect(await rows()).toEqual({
      token_usage: 1,
      business_usage: 1,
      token_addresses: 1,
      token_user_agents: 1,
      token_asked_scopes: 0,
    });
    await purge('full', 50);
    expect((await rows()).token_usage).toBe(1);
  });

  it('is deleted when it is not to be recorded any more, all of it or the addresses', async () => {
    const process = usage();
    for (const token of [...tokens(2500), ...tokens(1, null)])
      process.note(token, 'active', { from: '10.0.0.1', userAgent: 'a', scopes: ['a:read'] }, NOW_MS);
    await process.flush();
    await purge('counts');
    expect(await rows()).toEqual({
      token_usage: 2501,
      business_usage: 2,
      token_addresses: 0,
      token_user_agents: 0,
      token_asked_scopes: 2500,
    });
    await purge('off');
    expect(await rows()).toMatchObject({ token_usage: 0, token_asked_scopes: 0 });
    const silent = usage('off');
    const [token] = tokens(1) as [TokenFacts];
    silent.note(token, 'active', { from: null, scopes: ['a:read'] }, NOW_MS);
    silent.noteAsked(token, ['a:read'], NOW_MS);
    await silent.flush();
    expect(await rows()).toMatchObject({ token_usage: 0, business_usage: 0, token_asked_scopes: 0 });
  });
});
