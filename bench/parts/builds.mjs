// @ts-check
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cpuSeconds, processTree } from '../lib/proc.mjs';
import { root } from '../lib/prerequisites.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { changed } from '../lib/settings.mjs';
import { summary } from '../lib/statistics.mjs';
import { auditRequest, copyTokens, createTenant, interleave, issueRequest, listRequest, revokeRequest, rotateRequest, verifyRequest } from '../lib/tenants.mjs'; // prettier-ignore

const CALLERS = 32;
/** As a restart begins: nothing is remembered, and every look-up is the database's. */
const ASKING = changed('RESCIND_VERDICT_MEMORY');

/** As the service is. */
const DEFAULTS = {};

/**
 * What is measured: its requests from tenants, and from tokens that are there.
 * @type {Record<string, {env?: object, tokens?: number, once?: boolean, of: Function}>}
 */
const KINDS = {
  'verify from the database': { env: ASKING, tokens: 4, of: verifyRequest },
  issue: { of: (tenant) => issueRequest(tenant, 0) },
  rotate: { once: true, of: rotateRequest },
  revoke: { once: true, of: revokeRequest },
  'list, 50 tokens': { of: listRequest },
  'audit query, 50 events': { of: auditRequest },
};

/**
 * This build beside that of another checkout, `against`, each on a database of its own: fresh processes in turns, the
 * order changing, so that neither profits from its place.
 * @returns rows with the rates of both, and ratios of this one's to the other's, taken within one round: of the rates, and
 * of the processor time of service and database an answer, which other work on the machine disturbs less
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
        const { perSecond, microseconds } = measured;
        say(
          `round ${round + 1}/${rounds} ${build.name} ${kind}: ${Math.round(perSecond)}/s, ${Math.round(microseconds)} µs`,
        );
      }
    }
  }
  for (const { session } of builds) await session.end();
  return Object.entries(rates).map(([name, { this: here, against: there }]) => ({
    name,
    here: summary(here.map(({ perSecond }) => perSecond)),
    there: summary(there.map(({ perSecond }) => perSecond)),
    ratio: summary(here.map(({ perSecond }, round) => perSecond / there[round].perSecond)),
    cpu: summary(here.map(({ microseconds }, round) => microseconds / there[round].microseconds)),
  }));
}

async function tenantsOf({ env, directory, database }, checkout, url) {
  const settings = { ...env, ...database.settingsFor(url) };
  const rescind = await startRescind({ env: settings, directory, checkout });
  const tenants = [];
  for (let index = 0; index < CALLERS; index++)
    tenants.push(await createTenant(rescind.api, `Compared ${index}`));
  await rescind.stop();
  return { settings, tenants, session: await database.connect(url) };
}

async function ratesOf({ database, directory, load, mint }, { settings, checkout, tenants, session }, sizes) {
  const measured = [];
  let running = null;
  for (const [name, { env = DEFAULTS, tokens, once = false, of }] of Object.entries(KINDS)) {
    const needed = once ? sizes.revocationsPerCaller : tokens;
    const requests = async (count) => {
      const lists = [];
      for (const tenant of tenants)
        lists.push(
          count === undefined
            ? [of(tenant)]
            : (await copyTokens(session, mint, tenant, count)).map((token) => of(tenant, token)),
        );
      return interleave(lists);
    };
    if (running?.env !== env) {
      await running?.rescind.stop();
      running = { env, rescind: await startRescind({ env: { ...settings, ...env }, directory, checkout }) };
    }
    const warmUp = await requests(once ? Math.ceil(needed / 4) : needed);
    const run = (sent, seconds) =>
      load.run(running.rescind, { requests: sent, connections: CALLERS, ...(once ? { once } : { seconds }) });
    await run(warmUp, sizes.warmUpSeconds);
    const sent = once ? await requests(needed) : warmUp;
    const before = busySeconds(database, running.rescind);
    const { perSecond, answers } = await run(sent, sizes.seconds);
    const microseconds = ((busySeconds(database, running.rescind) - before) / answers) * 1e6;
    measured.push({ kind: name, perSecond, microseconds });
  }
  await running.rescind.stop();
  return measured;
}

/** Processor seconds of the service and of all of the database so far. */
function busySeconds({ dataDir }, { pid }) {
  const [server] = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  return cpuSeconds([...processTree(pid), ...processTree(Number(server))]);
}
