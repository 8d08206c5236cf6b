// Migrates an empty database and asks TypeORM what it would change to make it fit the entities: nothing, or the
// check fails and shows the SQL. The database is an embedded one in a scratch directory, gone afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { buildIfNeeded } from '../bin/build-if-needed.mjs';

await buildIfNeeded();
const { startEmbeddedPostgres } = await import('../dist/database/embedded/embedded-postgres.js');
const { dataSourceOptions } = await import('../dist/database/data-source-options.js');
const { ENTITIES } = await import('../dist/app/database-sessions.js');

const dataDir = await mkdtemp(join(tmpdir(), 'rescind-schema-'));
const postgres = await startEmbeddedPostgres({ dataDir, report: () => undefined });
try {
  const options = {
    ...dataSourceOptions({ url: postgres.ownerUrl, poolMax: 2, rowAccess: '*' }),
    entities: ENTITIES,
  };
  const dataSource = await new DataSource(options).initialize();
  await dataSource.runMigrations({ transaction: 'each' });
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  await dataSource.destroy();
  for (const { query } of upQueries) console.error(query);
  console.log(
    upQueries.length === 0
      ? 'Schema and entities agree.'
      : 'The entities ask for the SQL above: write a migration.',
  );
  process.exitCode = upQueries.length === 0 ? 0 : 1;
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
