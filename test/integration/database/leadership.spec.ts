import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import { whileLeading } from '../../../src/database/leadership.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { waitFor } from '../../support/wait-for.js';

const IDLE_MS = 500;

describe('work that one process does at a time', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  const never = new AbortController().signal;
  beforeAll(async () => {
    database = await freshDatabase();
    const options = dataSourceOptions({ url: database.url, poolMax: 4, idleInTransactionMs: IDLE_MS });
    dataSource = await new DataSource(options).initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('is done by nobody else, however long one step of it waits, and by the next one after that', async () => {
    let isBegun = false;
    const first = whileLeading(dataSource, 'a work', never, async (over) => {
      isBegun = true;
      await dataSource.query(`SELECT pg_sleep($1)`, [(4 * IDLE_MS) / 1000]);
      expect(over.aborted).toBe(false);
    });
    await waitFor('its begin', () => isBegun);
    const done: string[] = [];
    await whileLeading(dataSource, 'a work', never, () => Promise.resolve(done.push('meanwhile')));
    expect(done).toEqual([]);
    await first;
    await whileLeading(dataSource, 'a work', never, () => Promise.resolve(done.push('after it')));
    expect(done).toEqual(['after it']);
  });

  it('is over when the session that holds its lock ends', async () => {
    const done = whileLeading(dataSource, 'a work', never, async (over) => {
      await sql(
        database.superuserUrl,
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      await waitFor('its end', () => over.aborted);
    });
    await expect(done).rejects.toThrow();
  });

  it('is told of when it fails, also during a heartbeat, and ends no process', async () => {
    for (const fail of [
      () => Promise.reject(new Error('failed at once')),
      () => dataSource.query(`SELECT pg_sleep(0.4), 1 / 0`),
    ])
      await expect(whileLeading(dataSource, 'a work', never, fail)).rejects.toThrow(
        /failed at once|division by zero/,
      );
  });
});
