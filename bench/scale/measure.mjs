// @ts-check
import { measureAuditQueries } from './audit-queries.mjs';
import { measureExport } from './export-memory.mjs';
import { residentBytesOfTree } from '../lib/proc.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { quantile } from '../lib/statistics.mjs';
import { revokeRequest, verifyRequest } from '../lib/tenants.mjs';

const CALLERS = 32;

async function timed(client, { method, path, headers, body, status = 200, expect }) {
  const started = performance.now();
  const answer = await client.request(method, path, { headers, body });
  const took = performance.now() - started;
  if (answer.status !== status || !expect.every((part) => answer.text.includes(part))) {
    throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 300)}`);
  }
  return took;
}

/** One caller, one request after the other: latency without queueing. @returns milliseconds each */
async function inTurn(client, requests) {
  const took = [];
  for (const request of requests) took.push(await timed(client, request));
  return took;
}

/**
 * What things cost at the size the database has now, by a process that has just started.
 * @param sample tokens with secrets, spread over the whole population; split, so that no part meets another's.
 */
export async function measureAtSize({ env, directory, load, session, population, sample, minutesOld }) {
  const rescind = await startRescind({ env, directory });
  const platform = {
    authorization: `Bearer ${env.RESCIND_BOOTSTRAP_TOKEN}`,
    'content-type': 'application/json',
  };
  const headersOf = ({ id }) => ({ ...platform, 'x-business-id': id });
  const named = (business) => ({ ...business, headers: headersOf(business) });
  const verifications = sample.map((token) => verifyRequest(named(token.tenant), token));
  const part = (from, to) =>
    verifications.slice(Math.floor(from * verifications.length), Math.floor(to * verifications.length));
  const get = (business, path) => ({
    method: 'GET',
    path,
    headers: { authorization: platform.authorization, 'x-business-id': business.id },
    expect: ['"items":['],
  });

  // The first part warms code, connections and the upper pages of the indexes; its verdicts are not asked for again.
  await load.run(rescind, { requests: part(0, 0.3), connections: CALLERS, once: true });
  const cold = await inTurn(rescind.client, part(0.3, 0.6));
  const coldLoad = await load.run(rescind, { requests: part(0.6, 1), connections: CALLERS, once: true });
  const warmLoad = await load.run(rescind, { requests: part(0.3, 1), connections: CALLERS, seconds: 3 });
  const warm = await inTurn(rescind.client, part(0.3, 0.6));

  const { businesses } = population;
  const asked = [0, 1, 2, Math.floor(businesses.length / 2)].map(
    (index) => businesses[Math.min(index, businesses.length - 1)],
  );
  const repeated = (make) => Array.from({ length: 60 }, (_, index) => make(asked[index % asked.length]));
  const list = await inTurn(
    rescind.client,
    repeated((business) => get(business, `/api/v1/tokens?limit=50&owner_email=${business.email}`)),
  );
  const audit = await measureAuditQueries({ client: rescind.client, headersOf, session, businesses: asked });
  const revoked = sample.slice(0, 200).map((token) => revokeRequest(named(token.tenant), token));
  const revoke = await inTurn(rescind.client, revoked);

  const { rows } = await session.query(
    `SELECT pg_database_size(current_database()) AS bytes, pg_total_relation_size('tokens') AS tokens`,
  );
  const result = {
    fillMinutes: minutesOld,
    coldP50: quantile(cold, 0.5),
    coldP99: quantile(cold, 0.99),
    coldPerSecond: coldLoad.perSecond,
    warmP50: quantile(warm, 0.5),
    warmPerSecond: warmLoad.perSecond,
    listP50: quantile(list, 0.5),
    audit,
    revokeP50: quantile(revoke, 0.5),
    residentMegabytes: residentBytesOfTree(rescind.pid) / 2 ** 20,
    databaseGigabytes: Number(rows[0].bytes) / 2 ** 30,
    readyMs: rescind.readyMs,
  };
  await rescind.stop();
  const ofLargest = { env, directory, business: businesses[0] };
  const exported = await measureExport(ofLargest);
  const slowly = await measureExport({ ...ofLargest, query: '?gzip=true&format=csv', slow: true });
  return {
    ...result,
    exportedEvents: exported.events,
    exportedPerSecond: exported.events / exported.seconds,
    exportMegabytes: exported.megabytes,
    slowExportMegabytes: slowly.megabytes,
  };
}
