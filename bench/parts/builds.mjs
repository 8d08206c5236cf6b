// @ts-check
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cpuSeconds, processTree } from '../lib/proc.mjs';
import { root } from '../lib/prerequisites.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { summary } from '../lib/statistics.mjs';
import { auditRequest, createTenant, interleave, introspectRequest, issueRequest, listRequest, revokeRequest, rotateRequest, searchRequest, verifyRequest } from '../lib/tenants.mjs'; // prettier-ignore

const CALLERS = 32;
const CLIENT_VERIFIERS = 2;
/** One call of so many comes by a dialect. */
const BY_DIALECT = 4;

/**
 * @typedef {object} Kind
 * @property {Function} of a request of a tenant, with a token of theirs where `tokens` are needed, and its number
 * @property {number} [tokens] for each caller, again and again
 * @property {boolean} [once] a token for each request, as many as `sizes` has
 * @property {boolean} [together] all callers are those of one business
 * @property {number} [callers]
 */

/**
 * What is measured: its requests from tenants, and from tokens that are there.
 * @type {Record<string, Kind>}
 */
const KINDS = {
  'verify, from memory': { tokens: 4, of: verifyRequest },
  'introspect, from memory': { tokens: 4, of: introspectRequest },
  issue: { of: (tenant, _token, number) => issueRequest(tenant, number) },
  rotate: { once: true, of: rotateRequest },
  'revoke, 32 businesses': { once: true, of: revocation },
  'revoke, one business': { once: true, together: true, of: revocation },
  'revoke, one caller': { once: true, callers: 1, of: revocation },
  'list, 50 tokens': { of: listRequest },
  'search, 50 tokens': { of: searchRequest },
  'audit query, 50 events': { of: auditRequest },
};

/** Natively, or as RFC 7009 has it. */
function revocation(tenant, token, number) {
  if (number % BY_DIALECT > 0) return revokeRequest(tenant, token);
  return {
    method: 'POST',
    path: '/oauth/revoke',
    headers: { ...tenant.headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: `token=${token.secret}`,
    expect: [],
  };
}

/**
 * This build beside that of another checkout, `against`, each on a database of its own and with client verifiers connected where
 * it has them: fresh processes in turns, the order changing, so that neither profits from its place. Tokens are issued by the
 * build itself, whatever version it is.
 * @returns rows with the rates of both, and ratios of this one's to the other's, taken within one round: of the rates, of the
 * middle latencies, and of the processor time of service and database an answer, which other work on the machine disturbs less
 */
export async function measureBuilds(context, { rounds, ...sizes }) {
  const { against, database, say } = context;
  if (against === '') throw new Error('--against names the checkout, built, that this one is compared with.');
  const builds = [];
  for (const [name, checkout] of Object.entries({ this: root, against: resolve(against) }))
    builds.push({
      name,
      checkout,
      ...(await tenantsOf(context, checkout, await database.create(`builds_${name}`))),
    });
  const rates = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, { this: [], against: [] }]));
  for (let round = 0; round < rounds; round++) {
    for (const build of round % 2 === 0 ? builds : builds.toReversed()) {
      for (const { kind, ...measured } of await ratesOf(context, build, sizes)) {
        rates[kind][build.name].push(measured);
        const { perSecond, p50, microseconds } = measured;
        say(
          `round ${round + 1}/${rounds} ${build.name} ${kind}: ${Math.round(perSecond)}/s, p50 ${p50.toFixed(2)} ms, ${Math.round(microseconds)} µs`,
        );
      }
    }
  }
  const compared = Object.entries(rates).filter(([, { against: there }]) => there.length > 0);
  return compared.map(([name, { this: here, against: there }]) => ({
    name,
    here: summary(here.map(({ perSecond }) => perSecond)),
    there: summary(there.map(({ perSecond }) => perSecond)),
    ratio: summary(here.map(({ perSecond }, round) => perSecond / there[round].perSecond)),
    p50: summary(here.map(({ p50 }, round) => p50 / there[round].p50)),
    cpu: summary(here.map(({ microseconds }, round) => microseconds / there[round].microseconds)),
  }));
}

async function tenantsOf({ env, directory, database }, checkout, url) {
  const settings = { ...env, ...settingsOf(database.settingsFor(url), checkout) };
  const rescind = await startRescind({ env: settings, directory, checkout });
  const tenants = [];
  for (let index = 0; index < CALLERS; index++)
    tenants.push(await createTenant(rescind.api, `Compared ${index}`));
  await rescind.stop();
  return { settings, tenants };
}

/** Versions before the one that has a login of its own for the service own their schema. */
function settingsOf(settings, checkout) {
  const source = readFileSync(join(checkout, 'dist', 'config', 'database.config.js'), 'utf8');
  if (source.includes('RESCIND_MIGRATE_URL')) return settings;
  return { DATABASE_URL: settings.RESCIND_MIGRATE_URL };
}

async function ratesOf({ database, directory, load }, { settings, checkout, tenants }, sizes) {
  const measured = [];
  const rescind = await startRescind({ env: settings, directory, checkout });
  const verifiers = await clientVerifiers(rescind, settings);
  for (const [kind, { tokens, once = false, together = false, callers = CALLERS, of }] of Object.entries(
    KINDS,
  )) {
    const ofCallers = Array.from({ length: callers }, (_, caller) => tenants[together ? 0 : caller]);
    const requests = async (count) => {
      const lists = await Promise.all(
        ofCallers.map(async (tenant) =>
          count === undefined
            ? [of(tenant, undefined, 0)]
            : (await issueTokens(rescind, tenant, count)).map((token, number) => of(tenant, token, number)),
        ),
      );
      return interleave(lists);
    };
    const run = (sent, seconds) =>
      load.run(rescind, { requests: sent, connections: callers, ...(once ? { once } : { seconds }) });
    const needed = once ? sizes.revocationsPerCaller : tokens;
    const warmUp = await requests(once ? Math.ceil(needed / 4) : needed);
    if (!(await isKnown(rescind, warmUp[0]))) continue;
    await run(warmUp, sizes.warmUpSeconds);
    const sent = once ? await requests(needed) : warmUp;
    const before = busySeconds(database, rescind);
    const { perSecond, answers, latencyMs } = await run(sent, sizes.seconds);
    const microseconds = ((busySeconds(database, rescind) - before) / answers) * 1e6;
    measured.push({ kind, perSecond, p50: latencyMs.p50, microseconds });
  }
  await Promise.all(verifiers.map((verifier) => verifier.close()));
  await rescind.stop();
  return measured;
}

/** Whether the version has such a request; one with an effect, which all versions have, is not tried. */
async function isKnown({ client }, { method, path, headers }) {
  if (method !== 'GET') return true;
  return (await client.request(method, path, { headers })).status === 200;
}

/** None where the version has no stream. */
async function clientVerifiers({ url, client }, { RESCIND_BOOTSTRAP_TOKEN: token }) {
  const { status } = await client.get('/api/v1/verifiers/stream', { authorization: `Bearer ${token}` });
  if (status === 404) return [];
  // Built for this measurement alone.
  const { createVerifier } = await import('@rescind/verifier');
  const verifiers = Array.from({ length: CLIENT_VERIFIERS }, () => createVerifier({ url, token }));
  await Promise.all(verifiers.map((verifier) => verifier.whenReady()));
  return verifiers;
}

/** Active tokens of the tenant's owner, one after the other. */
async function issueTokens({ client }, tenant, count) {
  const issued = [];
  for (let number = 0; number < count; number++) {
    const body = { name: `measured ${number}`, scopes: ['jobs:write'] };
    const answer = await client.post('/api/v1/tokens', body, tenant.headers);
    if (answer.status !== 201) throw new Error(`issue: ${answer.status} ${answer.text.slice(0, 500)}`);
    // Its public id is no part of the answer: none is looked for.
    issued.push({ id: answer.body.token_info.id, jti: '', secret: answer.body.token });
  }
  return issued;
}

/** Processor seconds of the service and of all of the database so far. */
function busySeconds({ dataDir }, { pid }) {
  const [server] = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  return cpuSeconds([...processTree(pid), ...processTree(Number(server))]);
}
