import pg from 'pg';
import { freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../support/databases.js';
import { aBusiness } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';

describe('the audit log in the database', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let partitions: string[];

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
    await aBusiness({ url: app.url });
    partitions = (
      await sql<{ name: string }>(
        database.url,
        `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_events'::regclass`,
      )
    ).map(({ name }) => name);
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  async function session(url: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query(`SET app.business_id = '*'`);
    return client;
  }

  const attempts = (table: string): string[] => [
    `UPDATE ${table} SET outcome = 'denied'`,
    `DELETE FROM ${table}`,
    `TRUNCATE ${table}`,
  ];

  it.each(['the service', 'the owner of the tables'])('cannot be changed or emptied by %s', async (who) => {
    expect(partitions.length).toBeGreaterThan(1);
    const before = await sql(database.url, 'SELECT * FROM audit_events ORDER BY business_id, sequence');
    expect(before.length).toBeGreaterThan(0);
    const client = await session(who === 'the service' ? serviceUrlOf(database.url) : database.url);
    for (const table of ['audit_events', ...partitions]) {
      const [{ rows } = { rows: 0 }] = await sql<{ rows: number }>(
        database.url,
        `SELECT count(*)::int AS rows FROM ${table}`,
      );
      for (const attempt of attempts(table).filter((each) => rows > 0 || each.startsWith('TRUNCATE')))
        await expect(client.query(attempt).then(() => `${attempt} was done`)).rejects.toMatchObject({
          code: '42501',
        });
    }
    await client.end();
    expect(await sql(database.url, 'SELECT * FROM audit_events ORDER BY business_id, sequence')).toEqual(
      before,
    );
  });

  it('cannot lose its partitions, its triggers or the numbers of its heads to the service', async () => {
    const client = await session(serviceUrlOf(database.url));
    for (const attempt of [
      'DROP TABLE audit_events CASCADE',
      `ALTER TABLE audit_events DETACH PARTITION ${partitions[0]}`,
      'ALTER TABLE audit_events DISABLE TRIGGER ALL',
      'DELETE FROM audit_heads',
      'TRUNCATE audit_heads',
      'DELETE FROM tokens',
      'TRUNCATE tokens CASCADE',
      `INSERT INTO revocation_feed (kind, subject) VALUES ('token', 'x')`,
      'DELETE FROM revocation_feed',
    ])
      await expect(client.query(attempt).then(() => `${attempt} was done`)).rejects.toMatchObject({
        code: '42501',
      });
    await client.end();
  });
});
