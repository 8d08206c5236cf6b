// @ts-check
import { startPeer } from '../lib/peers.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { median, summary } from '../lib/statistics.mjs';
import { auditRequest, copyTokens, createTenant, interleave, issueRequest, listRequest, revokeRequest, rotateRequest } from '../lib/tenants.mjs'; // prettier-ignore

const CALLERS = 32;

const readOf =
  (path) =>
  (_request, { id }) => ({
    method: 'GET',
    path: `/${path}/${id}`,
    headers: {},
    expect: ['"items":['],
  });
/**
 * The request to the bare server that is like this one of a tenant.
 * @type {Record<string, (request: any, tenant: any) => object>}
 */
const BARE = {
  'issue, 32 businesses': ({ body }, { id }) => ({
    method: 'POST',
    path: `/tokens/${id}`,
    headers: { 'content-type': 'application/json' },
    body,
    status: 201,
    expect: ['"token":"'],
  }),
  'list, 50 tokens': readOf('tokens'),
  'audit query, 50 events': readOf('events'),
};

/**
 * Rates of what changes state or reads the log, on the embedded database with its own settings: every answer
 * follows a flushed commit, an audit event and, for revocations, the barrier. Where bare Fastify with pg can do something like it
 * on the same rows, that is measured behind it in each round.
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
  const superuser = Object.assign(new URL(url), { username: 'postgres' }).href;
  const peer = await startPeer('bare-rows', directory, { url: superuser });
  const ofBare = (name) => (requests) =>
    requests.map((request, index) => BARE[name](request, tenants[index % CALLERS]));
  const results = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]));
  const bare = Object.fromEntries(Object.keys(BARE).map((name) => [name, []]));
  // Round 0 is not counted: it brings the server to where one is that has been up for a minute.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, requests] of Object.entries(kinds)) {
      const sent = await requests(round === 0 ? warmUpPerCaller : perCaller);
      const run = (target, asked) => load.run(target, { requests: asked, connections: CALLERS, once: true });
      const result = await run(rescind, sent);
      if (round > 0) results[name].push(result);
      say(`round ${round}/${rounds} ${name}: ${Math.round(result.perSecond)}/s`);
      if (bare[name] === undefined) continue;
      const beside = await run(peer, ofBare(name)(sent));
      if (round > 0) bare[name].push(beside);
      say(`round ${round}/${rounds} ${name}, bare: ${Math.round(beside.perSecond)}/s`);
    }
  }
  await session.end();
  await peer.stop();
  await rescind.stop();
  return Object.entries(results).map(([name, all]) => ({
    name,
    perSecond: summary(all.map((result) => result.perSecond)),
    p50: summary(all.map((result) => result.latencyMs.p50)).median,
    p99: summary(all.map((result) => result.latencyMs.p99)).median,
    microseconds: median(all.map((result) => result.serverMicrosecondsPerAnswer)),
    bare: bare[name] && {
      perSecond: summary(bare[name].map((result) => result.perSecond)),
      ratio: summary(all.map((result, round) => result.perSecond / bare[name][round].perSecond)),
      microseconds: median(bare[name].map((result) => result.serverMicrosecondsPerAnswer)),
    },
  }));
}
