import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import type { TokenFacts } from '../../../src/verification/token-facts.js';
import { LastUsed } from '../../../src/verification/last-used.js';
import { UsageRepository } from '../../../src/verification/usage/usage.repository.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';

const FLUSH_MS = 1000;
const NOW_MS = Date.UTC(2026, 10, 21);

describe('times of last use', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  beforeEach(async () => {
    database = await freshDatabase();
    dataSource = await new DataSource(dataSourceOptions({ url: database.url, poolMax: 2 })).initialize();
    await sql(
      database.url,
      `INSERT INTO tokens (id, jti, owner_kind, token_prefix, digest, pepper_id, scopes)
       SELECT gen_random_uuid(), 't' || n, 'platform', 'x', '', 'p', '{}' FROM generate_series(1, 12000) AS n`,
    );
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const lastUsed = () =>
    new LastUsed(new UsageRepository(dataSource), undefined as never, { lastUsedFlushMs: FLUSH_MS } as never);
  const used = async (count: number): Promise<TokenFacts[]> => {
    const rows = await sql<{ id: string }>(
      database.url,
      'SELECT id FROM tokens ORDER BY length(jti), jti LIMIT $1',
      [count],
    );
    return rows.map(({ id }) => ({ id, notedAtMs: 0 }) as TokenFacts);
  };
  const written = async (): Promise<number> => {
    const [row] = await sql<{ count: number }>(
      database.url,
      'SELECT count(*)::int AS count FROM tokens WHERE last_used_at = to_timestamp($1)',
      [NOW_MS / 1000],
    );
    return row?.count ?? 0;
  };

  it('are written for all, in as many statements as it takes', async () => {
    const uses = lastUsed();
    for (const token of await used(12_000)) uses.note(token, NOW_MS);
    await uses.flush();
    expect(await written()).toBe(12_000);
  });

  it('never go back', async () => {
    const uses = lastUsed();
    const [token] = await used(1);
    await sql(database.url, 'UPDATE tokens SET last_used_at = to_timestamp($1) + $2::interval', [
      NOW_MS / 1000,
      '1 second',
    ]);
    uses.note(token as TokenFacts, NOW_MS);
    await uses.flush();
    expect(await written()).toBe(0);
  });

  it('wait for nobody who changes a token, so that nobody comes to wait for each other, and are written by the next flush', async () => {
    const uses = lastUsed();
    const tokens = await used(100);
    for (const token of tokens) uses.note(token, NOW_MS);
    const busy = new pg.Client({ connectionString: database.url });
    await busy.connect();
    await busy.query(`BEGIN; SET LOCAL app.business_id = '*'`);
    await busy.query(`SET lock_timeout = '100ms'`);
    const held = tokens.slice(40, 50).map(({ id }) => id);
    await busy.query('SELECT id FROM tokens WHERE id = ANY ($1) FOR UPDATE', [held]);
    await uses.flush();
    expect(await written()).toBe(90);
    await busy.query('COMMIT');
    await busy.end();
    await uses.flush();
    expect(await written()).toBe(100);
  });

  it('are written the same under whatever isolation an operator has chosen for the database', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await sql(
      database.superuserUrl,
      `ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`,
    );
    const other = await new DataSource(dataSourceOptions({ url: database.url, poolMax: 2 })).initialize();
    const [row] = await other.query<{ level: string }[]>(
      `SELECT current_setting('transaction_isolation') AS level`,
    );
    expect(row?.level).toBe('read committed');
    await other.destroy();
  });
});
