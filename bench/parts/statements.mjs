// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../lib/prerequisites.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { auditRequest, copyTokens, createTenant, interleave, issueRequest, listRequest, revokeRequest, rotateRequest } from '../lib/tenants.mjs'; // prettier-ignore

const PRELOAD = pathToFileURL(join(root, 'bench', 'lib', 'statement-times.mjs')).href;
/** What is sent more rarely than that belongs to something else: heartbeats, sealing. */
const SHARE_MIN = 0.002;

/** @type {Record<string, (tenant: any, token: any) => object>} */
const KINDS = {
  issue: (tenant) => issueRequest(tenant, 0),
  rotate: rotateRequest,
  revoke: revokeRequest,
  'list, 50 tokens': listRequest,
  'audit query, 50 events': auditRequest,
};

/**
 * The statements of each kind of call: how many calls share one, and how long its round trip takes, by the clock of the
 * service. Alone: one caller, so that nothing is shared. Together: callers of as many businesses.
 */
export async function measureStatements(context, { callers, perCaller }) {
  const { env, directory, database, mint, load, say } = context;
  const rows = [];
  for (const [kind, requestOf] of Object.entries(KINDS)) {
    const url = await database.create(`statements_${rows.length}`);
    const settings = { ...env, ...database.settingsFor(url) };
    const prepared = await startRescind({ env: settings, directory });
    const tenants = [];
    for (let index = 0; index < callers; index++)
      tenants.push(await createTenant(prepared.api, `Measured ${index}`));
    await prepared.stop();
    const session = await database.connect(url);
    for (const connections of [1, callers]) {
      const file = join(directory, `statements-${rows.length}.json`);
      const measured = {
        ...settings,
        NODE_OPTIONS: `--import ${PRELOAD}`,
        STATEMENT_TIMES: file,
      };
      const rescind = await startRescind({ env: measured, directory });
      const requests = async () => {
        const lists = [];
        for (const tenant of tenants.slice(0, connections))
          lists.push(
            (await copyTokens(session, mint, tenant, perCaller)).map((token) => requestOf(tenant, token)),
          );
        return interleave(lists);
      };
      const warmUp = await requests();
      const sent = await requests();
      await load.run(rescind, { requests: warmUp, connections, once: true });
      process.kill(rescind.pid, 'SIGUSR2');
      const { answers, latencyMs } = await load.run(rescind, { requests: sent, connections, once: true });
      await rescind.stop();
      const times = JSON.parse(readFileSync(file, 'utf8'));
      const statements = times
        .map(([name, { count, ms }]) => ({ name, perCall: count / answers, ms: ms / count }))
        .filter(({ perCall }) => perCall >= SHARE_MIN);
      rows.push({ kind, connections, p50: latencyMs.p50, statements });
      say(`${kind}, ${connections} callers: p50 ${latencyMs.p50.toFixed(1)} ms`);
    }
    await session.end();
  }
  return rows;
}
