import pg from 'pg';
import { freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../support/databases.js';
import { aBusiness, aToken } from '../support/factories.js';
import { startRescind } from '../support/rescind-process.js';

describe('functions of the database that run with the rights of its owner', () => {
  let database: TestDatabase;
  beforeAll(async () => void (database = await freshDatabase()));
  afterAll(() => database.drop());

  it('all name the schema of their tables, and look among temporary ones last', async () => {
    const functions = await sql<{ name: string; settings: string[] | null }>(
      database.url,
      `SELECT proname AS name, proconfig AS settings FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace`,
    );
    expect(functions.length).toBeGreaterThan(12);
    const careless = functions.filter(({ settings }) => !settings?.includes('search_path=public, pg_temp'));
    expect(careless.map(({ name }) => name)).toEqual([]);
  });

  it('a revocation reaches the feed from a session that has a feed of its own', async () => {
    const app = await startRescind({ databaseUrl: database.url });
    const token = await aToken(await aBusiness({ url: app.url }));
    await app.stop();
    const entries = async (): Promise<number> =>
      (
        await sql(
          database.superuserUrl,
          `SELECT FROM revocation_feed WHERE kind = 'token' AND subject = $1`,
          [token.jti],
        )
      ).length;
    const before = await entries();
    // As on a server where nobody may take that right away.
    await sql(
      database.superuserUrl,
      `GRANT TEMPORARY ON DATABASE ${new URL(database.url).pathname.slice(1)} TO PUBLIC`,
    );
    const session = new pg.Client({ connectionString: serviceUrlOf(database.url) });
    await session.connect();
    await session.query(`SET app.business_id = '*'`);
    await session.query('CREATE TEMP TABLE revocation_feed (kind text, subject text)');
    await session.query('UPDATE tokens SET revoked_at = now() WHERE id = $1', [token.id]);
    await session.end();
    expect(await entries()).toBe(before + 1);
  });
});
