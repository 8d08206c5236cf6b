// @ts-check
import { startRescind } from '../lib/rescind.mjs';
import { summary } from '../lib/statistics.mjs';
import { auditRequest, copyTokens, createTenant, interleave, issueRequest, listRequest, revokeRequest, rotateRequest } from '../lib/tenants.mjs'; // prettier-ignore

const CALLERS = 32;

/**
 * Rates of what changes state or reads the log, on the embedded database with its own settings: every answer
 * follows a flushed commit, an audit event and, for revocations, the barrier.
 */
export async function measureManagement(
  { env, directory, load, mint, database, say },
  { rounds, perCaller, warmUpPerCaller },
) {
  const url = await database.create('management');
  const rescind = await startRescind({ env: { ...env, ...database.settingsFor(url) }, directory });
  const tenants = [];
  for (let index = 0; index < CALLERS; index++)
    tenants.push(await createTenant(rescind.api, `Managed ${index}`));
  const session = await database.connect(url);
  const tokensOf = async (list, count) => {
    const lists = [];
    for (const tenant of list)
      lists.push((await copyTokens(session, mint, tenant, count)).map((token) => ({ tenant, token })));
    return interleave(lists);
  };
  const one = Array(CALLERS).fill(tenants[0]);
  let issued = 0;
  const kinds = {
    'issue, 32 businesses': async (count) => interleave(tenants.map((tenant) => Array.from({ length: count }, () => issueRequest(tenant, issued++)))), // prettier-ignore
    'rotate, 32 businesses': async (count) =>
      (await tokensOf(tenants, count)).map(({ tenant, token }) => rotateRequest(tenant, token)),
    'revoke, 32 businesses': async (count) =>
      (await tokensOf(tenants, count)).map(({ tenant, token }) => revokeRequest(tenant, token)),
    'revoke, one business': async (count) =>
      (await tokensOf(one, count)).map(({ tenant, token }) => revokeRequest(tenant, token)),
    'list, 50 tokens': async (count) =>
      interleave(tenants.map((tenant) => Array(count).fill(listRequest(tenant)))),
    'audit query, 50 events': async (count) =>
      interleave(tenants.map((tenant) => Array(count).fill(auditRequest(tenant)))),
  };
  const results = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]));
  // Round 0 is not counted: it brings the server to where one is that has been up for a minute.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, requests] of Object.entries(kinds)) {
      const result = await load.run(rescind, {
        requests: await requests(round === 0 ? warmUpPerCaller : perCaller),
        connections: CALLERS,
        once: true,
      });
      if (round > 0) results[name].push(result);
      say(`round ${round}/${rounds} ${name}: ${Math.round(result.perSecond)}/s`);
    }
  }
  await session.end();
  await rescind.stop();
  return Object.entries(results).map(([name, all]) => ({
    name,
    perSecond: summary(all.map((result) => result.perSecond)),
    p50: summary(all.map((result) => result.latencyMs.p50)).median,
    p99: summary(all.map((result) => result.latencyMs.p99)).median,
  }));
}
