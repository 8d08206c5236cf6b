import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { waitFor } from '../../support/wait-for.js';

describe('R4: a statement that is given up on', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  beforeAll(async () => {
    database = await freshDatabase();
    await sql(database.url, 'CREATE TABLE notes (text text)');
    dataSource = await new DataSource(
      dataSourceOptions({ url: database.url, poolMax: 1, queryTimeoutMs: 1000 }),
    ).initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('takes its session with it, so that its half of a change is not committed by the next one', async () => {
    await expect(
      dataSource.transaction(async (manager) => {
        await manager.query(`INSERT INTO notes VALUES ('half')`);
        await manager.query('SELECT pg_sleep(4)');
      }),
    ).rejects.toThrow('Query read timeout');
    await waitFor('the server to end it', async () => {
      const sleeping = await sql(
        database.superuserUrl,
        `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`,
      );
      return sleeping.length === 0;
    });
    await dataSource.transaction((manager) => manager.query(`INSERT INTO notes VALUES ('whole')`));
    expect(await sql(database.url, 'SELECT text FROM notes')).toEqual([{ text: 'whole' }]);
  });

  it('is not followed by a success when the server answers COMMIT by rolling back', async () => {
    await expect(
      dataSource.transaction(async (manager) => {
        await manager.query(`INSERT INTO notes VALUES ('lost')`);
        await manager.query('SELECT 1 / 0').catch(() => undefined);
      }),
    ).rejects.toThrow('the server rolled the transaction back');
    expect(await sql(database.url, `SELECT text FROM notes WHERE text = 'lost'`)).toEqual([]);
    await dataSource.transaction((manager) => manager.query(`INSERT INTO notes VALUES ('next')`));
    expect(await sql(database.url, `SELECT text FROM notes WHERE text = 'next'`)).toHaveLength(1);
  });
});
