import { DataSource } from 'typeorm';
import { databaseUrl, migrateUrl } from './src/config/database.config.js';
import { dataSourceOptions } from './src/database/data-source-options.js';
import { EVERY_BUSINESS } from './src/database/row-access.js';
import { ENTITIES } from './src/app/database-sessions.js';

/** For the typeorm CLI: `RESCIND_MIGRATE_URL=… npm run typeorm -- migration:show` and its other commands. */
export default new DataSource({
  ...dataSourceOptions({
    url: migrateUrl() ?? databaseUrl() ?? 'postgres://127.0.0.1:5432/rescind',
    poolMax: 2,
    rowAccess: EVERY_BUSINESS,
  }),
  entities: ENTITIES,
});
