import pg from 'pg';
import { Registration } from '../../../src/lease/registration.js';
import type { FeedEntry } from '../../../src/lease/cache-invalidation.js';
import { ENTRIES_PER_PAGE } from '../../../src/lease/ports.js';
import { PAGES_MAX } from '../../../src/lease/registration.js';
import { PEEK, ROUND } from '../../../src/verifiers/registry.sql.js';
import { processClock } from '../../../src/verifiers/monotonic.js';
import { VerifierSession } from '../../../src/verifiers/verifier-session.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';

const DURABLE = true;

interface PlanNode {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** Rows of the feed that were touched. */
function readIn(plan: PlanNode): number {
  const own =
    plan['Relation Name'] === 'revocation_feed'
      ? plan['Actual Loops'] *
        (plan['Actual Rows'] +
          (plan['Rows Removed by Filter'] ?? 0) +
          (plan['Rows Removed by Index Recheck'] ?? 0))
      : 0;
  return (plan.Plans ?? []).reduce((sum, each) => sum + readIn(each), own);
}

describe('the feed of what verifiers must forget', () => {
  let database: TestDatabase;
  let session: VerifierSession;
  let superuser: pg.Client;
  const open = async (url: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  };

  beforeEach(async () => {
    database = await freshDatabase();
    superuser = await open(database.superuserUrl);
    session = await VerifierSession.open({
      url: database.url,
      variable: 'DATABASE_URL',
      role: undefined,
      synchronousCommit: 'on',
      pooler: false,
      timeoutMs: 30_000,
      listener: { onNotification: () => undefined, onEnd: () => undefined },
    });
  });
  afterEach(async () => {
    session.drop();
    await superuser.end();
    await database.drop();
  });

  const register = (): Promise<Registration> => Registration.make(session, processClock, 1000, null);
  const append = (from: number, to: number): Promise<unknown> =>
    superuser.query(
      `INSERT INTO revocation_feed (kind, subject) SELECT 'token', 't' || n FROM generate_series($1::int, $2) AS n`,
      [from, to],
    );
  /** What is forgotten, in the order in which it is; null: everything. */
  const news = async (
    registration: Registration,
    between: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<(string | null)[]> => {
    const forgotten: (string | null)[] = [];
    const pages: Promise<unknown>[] = [];
    const take = (entries: FeedEntry[] | null): void => {
      if (pages.length === 0) pages.push(between());
      forgotten.push(...(entries === null ? [null] : entries.map(({ subject }) => subject)));
    };
    expect(await registration.peek(session, take)).not.toBeNull();
    await Promise.all(pages);
    return forgotten;
  };
  const numbers = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, index) => `t${from + index}`);

  describe('while a transaction with an id stays open in another database of the cluster', () => {
    let other: TestDatabase;
    let holder: pg.Client;
    beforeEach(async () => {
      other = await freshDatabase();
      holder = await open(other.url);
      await holder.query('BEGIN');
      await holder.query('SELECT pg_current_xact_id()');
      await superuser.query(`DO $$ BEGIN
        FOR n IN 1..400 LOOP
          INSERT INTO revocation_feed (kind, subject, recorded_at) SELECT 'token', 'old', now() - interval '1 hour' FROM generate_series(1, 50);
          COMMIT;
        END LOOP;
      END $$`);
      await superuser.query('ANALYZE revocation_feed');
    });
    afterEach(async () => {
      await holder.end();
      await other.drop();
    });

    const plan = async (name: string, text: string, values: string[]): Promise<PlanNode> => {
      const given = values.map((value) => `'${value}'`).join(', ');
      await superuser.query(`SET plan_cache_mode = 'force_generic_plan'; SET enable_seqscan = off`);
      await superuser.query(`PREPARE ${name} AS ${text}`);
      await superuser.query('BEGIN');
      const { rows } = await superuser.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE ${name} (${given})`,
      );
      await superuser.query('ROLLBACK');
      return rows[0]?.['QUERY PLAN'][0]?.Plan as PlanNode;
    };

    it('a peek and a round read what is new, and nothing else again', async () => {
      const registration = await register();
      const { id, serverRun } = registration;
      const at = registration.applied.text;
      const [row] = await sql<{ xid: string }>(
        database.superuserUrl,
        'SELECT pg_snapshot_xmin(applied)::text AS xid FROM verifiers',
      );
      expect(registration.applied.max - BigInt(row?.xid ?? 0)).toBeGreaterThan(400n);
      expect(readIn(await plan('peek', PEEK.text, [at, serverRun]))).toBe(0);
      expect(readIn(await plan('round', ROUND.text, [id, '0', at, serverRun, 'true', at, '0']))).toBe(0);
      await append(1, 7);
      expect(readIn(await plan('peek7', PEEK.text, [at, serverRun]))).toBe(7);
      expect(await news(registration)).toEqual(numbers(1, 7));
      expect(await news(registration)).toEqual([]);
    });

    it('what every verifier has applied is pruned all the same, what one has not is kept', async () => {
      const registration = await register();
      const late = await open(database.superuserUrl);
      await late.query('BEGIN');
      await late.query(
        `INSERT INTO revocation_feed (kind, subject, recorded_at) VALUES ('token', 'late', now() - interval '1 hour')`,
      );
      await registration.beat(session, DURABLE, () => undefined);
      await registration.beat(session, DURABLE, () => undefined);
      await late.query('COMMIT');
      await late.end();
      const prune = async (): Promise<number> => {
        const { rows } = await superuser.query<{ count: string }>(
          `SELECT feed_prune(interval '15 minutes') AS count`,
        );
        return Number(rows[0]?.count);
      };
      expect([await prune(), await prune(), await prune()]).toEqual([10_000, 10_000, 0]);
      expect(await sql(database.url, 'SELECT subject FROM revocation_feed')).toEqual([{ subject: 'late' }]);
      expect(await news(registration)).toEqual(['late']);
      await registration.beat(session, DURABLE, () => undefined);
      expect(await prune()).toBe(1);
    });
  });

  it('is read page by page, by snapshot and not by number, and nothing that comes meanwhile is lost or read twice', async () => {
    const registration = await register();
    const open1 = await open(database.superuserUrl);
    await open1.query('BEGIN');
    await open1.query(`INSERT INTO revocation_feed (kind, subject) VALUES ('token', 'open')`);
    const last = 2 * ENTRIES_PER_PAGE + 10;
    await append(1, ENTRIES_PER_PAGE);
    await append(ENTRIES_PER_PAGE + 1, last);
    const first = await news(registration, async () => {
      await open1.query('COMMIT');
      await append(last + 1, last + 3);
    });
    expect(first).toEqual(numbers(1, last));
    expect(await news(registration)).toEqual(['open', ...numbers(last + 1, last + 3)]);
    expect(await news(registration)).toEqual([]);
    await open1.end();
  });

  it('is forgotten as a whole when there is far too much of it, or when some was taken away between two pages', async () => {
    const registration = await register();
    await append(1, PAGES_MAX * ENTRIES_PER_PAGE + 1);
    expect((await news(registration)).at(-1)).toBeNull();
    expect(await news(registration)).toEqual([]);
    await append(1, 2 * ENTRIES_PER_PAGE);
    const other = await open(database.superuserUrl);
    const cut = await news(registration, () => other.query('DELETE FROM revocation_feed'));
    const next = await news(registration);
    // The deletion and the second page race: one of them, or the next look, must come upon it.
    expect([...cut, ...next]).toContain(null);
    await other.end();
  });

  describe('is told of tokens', () => {
    const BUSINESS = '00000000-0000-7000-8000-00000000000b';
    const OWNER = '00000000-0000-7000-8000-00000000000a';
    beforeEach(async () => {
      await superuser.query(`
        INSERT INTO businesses (id, name, slug) VALUES ('${BUSINESS}', 'b', 'b');
        INSERT INTO members (id, business_id, email, name, role) VALUES ('${OWNER}', '${BUSINESS}', 'a@b.example', 'a', 'owner');`);
    });
    const insert = (prefix: string, count: number, owner: 'user' | 'platform', business = true) =>
      superuser.query(
        `INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, token_prefix, digest, pepper_id, scopes)
         SELECT gen_random_uuid(), $1 || n, ${business ? `'${BUSINESS}'` : 'NULL'}, '${owner}', ${owner === 'user' ? `'${OWNER}'` : 'NULL'}, 'x', '', 'p', '{}'
         FROM generate_series(1, $2::int) AS n`,
        [prefix, count],
      );
    const entriesOf = async (statement: string): Promise<string[]> => {
      await superuser.query('TRUNCATE revocation_feed');
      await superuser.query(statement);
      const { rows } = await superuser.query<{ entry: string }>(
        `SELECT kind || ' ' || subject AS entry FROM revocation_feed ORDER BY length(subject), subject`,
      );
      return rows.map(({ entry }) => entry);
    };
    const tokens = (prefix: string, count: number): string[] =>
      numbers(1, count).map((number) => `token ${prefix}${number.slice(1)}`);

    it.each([
      ['changed', 'UPDATE tokens SET revoked_at = now()'],
      ['deleted', 'DELETE FROM tokens'],
    ])('one by one when few are %s', async (_, statement) => {
      await insert('a', 100, 'user');
      await insert('b', 3, 'platform', false);
      await insert('c', 4, 'platform');
      expect(await entriesOf(statement)).toEqual(
        [...tokens('b', 3), ...tokens('c', 4), ...tokens('a', 100)].sort(
          (left, right) => left.length - right.length || (left < right ? -1 : 1),
        ),
      );
    });

    it.each([
      ['changed', 'UPDATE tokens SET revoked_at = now()'],
      ['deleted', 'DELETE FROM tokens'],
    ])('by their owner or business when many are %s, but for the platform’s own', async (_, statement) => {
      await insert('a', 101, 'user');
      await insert('c', 101, 'platform');
      await insert('p', 101, 'platform', false);
      const entries = await entriesOf(statement);
      expect(entries).toHaveLength(103);
      expect(entries).toEqual(
        expect.arrayContaining([`owner ${OWNER}`, `business ${BUSINESS}`, ...tokens('p', 101)]),
      );
    });

    it.each(['UPDATE tokens SET last_used_at = now(), uses = uses + 1', 'UPDATE tokens SET name = name'])(
      'not at all when nothing of theirs changed that a verdict depends on: %s',
      async (statement) => {
        await insert('a', 200, 'user');
        expect(await entriesOf(statement)).toEqual([]);
      },
    );

    it.each([
      `revoked_at = now()`,
      `expires_at = now()`,
      `grace_ends_at = now()`,
      `scopes = '{x}'`,
      `trusted_ips = '{::1}'`,
      `name = 'x'`,
      `uses_limit = 1`,
      `owner_kind = 'platform', member_id = NULL`,
    ])('by whom they belonged to before: SET %s', async (change) => {
      await insert('a', 1, 'user');
      expect(await entriesOf(`UPDATE tokens SET ${change}`)).toEqual(['token a1']);
      await superuser.query('DELETE FROM tokens');
      await insert('a', 101, 'user');
      expect(await entriesOf(`UPDATE tokens SET ${change}`)).toEqual([`owner ${OWNER}`]);
    });

    it('and whoever did it outside of the service wakes the verifiers by it', async () => {
      await insert('a', 101, 'user');
      const listener = await open(database.url);
      const heard: string[] = [];
      listener.on('notification', ({ channel }) => heard.push(channel));
      await listener.query('LISTEN rescind_feed');
      await superuser.query('UPDATE tokens SET last_used_at = now()');
      await superuser.query(`UPDATE tokens SET name = 'x'`);
      await listener.query('SELECT 1');
      await listener.query('SELECT 1');
      expect(heard).toEqual(['rescind_feed']);
      await listener.end();
    });
  });
});
