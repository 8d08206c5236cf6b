import { freshDatabase, sql } from '../../support/databases.js';
import { startRescind } from '../../support/rescind-process.js';

it.each([
  ['stays, where an earlier version was told more than is asked for now', 84, 84],
  ['is raised to 12 months, where one was told less', 6, 12],
])('the minimum for events of tokens %s', async (_, before, after) => {
  const database = await freshDatabase();
  await sql(database.superuserUrl, 'UPDATE audit_retention_limit SET security_months = $1', [before]);
  const rescind = await startRescind({ databaseUrl: database.url });
  await rescind.ready();
  await rescind.stop();
  const limit = await sql(database.superuserUrl, 'SELECT security_months FROM audit_retention_limit');
  expect(limit).toEqual([{ security_months: after }]);
  await database.drop();
});
