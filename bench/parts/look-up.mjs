// @ts-check
import { join } from 'node:path';
import { firstMessage, startNode } from '../lib/child.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { summary } from '../lib/statistics.mjs';
import { copyTokens, createTenant } from '../lib/tenants.mjs';

/**
 * What one verdict out of memory costs inside a process, without HTTP: the built application, which serves nobody, with its
 * memory, and the lease of a verifier that is registered with a real database and kept alive by it.
 */
export async function measureLookUp({ env, directory, mint, database, say }, sizes) {
  const url = await database.create('look-up');
  const settings = { ...env, ...database.settingsFor(url) };
  const rescind = await startRescind({ env: settings, directory });
  const tenant = await createTenant(rescind.api, 'Looked Up Ltd');
  const session = await database.connect(url);
  const secrets = (await copyTokens(session, mint, tenant, sizes.tokens)).map(({ secret }) => secret);
  await session.end();
  const program = await startNode(join(import.meta.dirname, 'look-up-process.mjs'), {
    logFile: join(directory, 'look-up.log'),
    cwd: directory,
    env: { ...settings, RESCIND_DATA_DIR: join(directory, 'data') },
  });
  program.send({ businessId: tenant.id, secrets, ...sizes });
  const microseconds = await firstMessage(program);
  await program.stop();
  await rescind.stop();
  const rows = Object.entries(microseconds).map(([name, each]) => ({ name, ...summary(each) }));
  for (const { name, median } of rows) say(`${name}: ${median.toFixed(2)} µs`);
  return rows;
}
