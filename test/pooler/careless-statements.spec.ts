import { describeCarelessStatements } from '../support/careless-statements.js';
import { serviceUrlOf, sql } from '../support/databases.js';
import { startPgBouncer } from './pgbouncer.js';

describeCarelessStatements('through PgBouncer in transaction mode', async ({ url }) => {
  const pooler = await startPgBouncer(serviceUrlOf(url));
  // What somebody sets stays on the server's session, which the pooler hands to the next.
  await Promise.all(Array.from({ length: 8 }, () => sql(pooler.url, 'SELECT 1')));
  return { url: pooler.url, pooler: true, stop: () => pooler.stop() };
});
