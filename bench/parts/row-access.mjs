// @ts-check
import { startRescind } from '../lib/rescind.mjs';
import { changed } from '../lib/settings.mjs';
import { median, summary } from '../lib/statistics.mjs';
import { auditRequest, copyTokens, createTenant, interleave, issueRequest, listRequest, revokeRequest, verifyRequest } from '../lib/tenants.mjs'; // prettier-ignore

const TENANTS = 32;
/** Enough for all rounds: a token is revoked once. */
const TOKENS_A_ROUND = 40;

/**
 * What row-level security costs: the same service on the same database, its policies in force and out of force in turns,
 * the order changing. Verifications ask the database each time. @returns rows with rates and ratios taken within one round
 */
export async function measureRowAccess(
  { env, directory, load, mint, database, say },
  { rounds, seconds, warmUpSeconds },
) {
  const url = await database.create('row-access');
  const settings = { ...env, ...database.settingsFor(url) };
  const rescind = await startRescind({
    env: { ...settings, ...changed('RESCIND_VERDICT_MEMORY') },
    directory,
  });
  const session = await database.connect(url);
  const tenants = [];
  for (let index = 0; index < TENANTS; index++)
    tenants.push(await createTenant(rescind.api, `Walled ${index}`));
  const fresh = async (count) => {
    const lists = [];
    for (const tenant of tenants)
      lists.push((await copyTokens(session, mint, tenant, count)).map((token) => ({ tenant, token })));
    return interleave(lists);
  };
  const known = await fresh(50);
  let issued = 0;
  const kinds = {
    'verification that asks the database': () =>
      known.map(({ tenant, token }) => verifyRequest(tenant, token)),
    'issue, 32 businesses': () =>
      interleave(
        tenants.map((tenant) => Array.from({ length: TOKENS_A_ROUND }, () => issueRequest(tenant, issued++))),
      ),
    'revoke, 32 businesses': async () =>
      (await fresh(TOKENS_A_ROUND)).map(({ tenant, token }) => revokeRequest(tenant, token)),
    'list, 50 tokens': () => tenants.map(listRequest),
    'audit query, 50 events': () => tenants.map(auditRequest),
  };
  const once = new Set(['issue, 32 businesses', 'revoke, 32 businesses']);
  const walls = await wallsOf(session);
  const results = Object.keys(kinds).map(() => ({ with: [], without: [] }));
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? ['with', 'without'] : ['without', 'with'];
    for (const which of order) {
      await (which === 'with' ? walls.up() : walls.down());
      for (const [index, [name, requestsOf]] of Object.entries(kinds).entries()) {
        const how = once.has(name) ? { once: true } : { seconds: round === 0 ? warmUpSeconds : seconds };
        const result = await load.run(rescind, {
          requests: await requestsOf(),
          connections: TENANTS,
          ...how,
        });
        if (round > 0) results[index][which].push(result);
        say(`round ${round}/${rounds} ${which} policies, ${name}: ${Math.round(result.perSecond)}/s`);
      }
    }
  }
  await session.end();
  await rescind.stop();
  return Object.keys(kinds).map((name, index) => rowOf(name, results[index]));
}

/** Takes the policies of all tables out of force, and puts them back as they were. */
async function wallsOf(session) {
  const { rows } = await session.query(
    `SELECT oid::regclass::text AS name, relforcerowsecurity AS forced FROM pg_class WHERE relrowsecurity`,
  );
  const change = async (statementOf) => {
    for (const table of rows) await session.query(`ALTER TABLE ${table.name} ${statementOf(table)}`);
  };
  return {
    up: () =>
      change(({ forced }) => `ENABLE ROW LEVEL SECURITY${forced ? ', FORCE ROW LEVEL SECURITY' : ''}`),
    down: () => change(() => 'DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY'),
  };
}

function rowOf(name, { with: walled, without }) {
  return {
    name,
    perSecond: summary(walled.map((result) => result.perSecond)),
    without: summary(without.map((result) => result.perSecond)),
    ratio: summary(walled.map((result, round) => result.perSecond / without[round].perSecond)),
    microseconds: median(walled.map((result) => result.serverMicrosecondsPerAnswer)),
  };
}
