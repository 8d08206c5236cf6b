import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import { acrossBusinesses } from '../../../src/database/row-access.js';
import { describeCarelessStatements, withoutPart } from '../../support/careless-statements.js';
import { freshDatabase, serviceUrlOf, sql } from '../../support/databases.js';

describeCarelessStatements('on sessions of its own', async ({ url, superuserUrl }) => {
  // A default of the database is none of the service's.
  await sql(superuserUrl, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET app.business_id = '*'`);
  return { url: serviceUrlOf(url), pooler: false, stop: () => Promise.resolve() };
});

it.each(['prepare', 'handleCommandComplete'] as const)(
  'a driver that does not call %s as expected answers with no rows, and not with those of others',
  async (part) => {
    const database = await freshDatabase();
    const options = dataSourceOptions({ url: database.url, poolMax: 1 });
    const dataSource = await new DataSource(options).initialize();
    try {
      const read = (): Promise<unknown[]> =>
        acrossBusinesses(dataSource, (manager) => manager.query('SELECT business_id FROM audit_heads'));
      await acrossBusinesses(dataSource, (manager) =>
        manager.query('INSERT INTO audit_heads (business_id, size) VALUES (gen_random_uuid(), 0)'),
      );
      expect((await withoutPart(part, read)) ?? []).toEqual([]);
      expect(await read()).toHaveLength(1);
    } finally {
      await dataSource.destroy();
      await database.drop();
    }
  },
);
