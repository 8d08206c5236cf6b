// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { startAsked } from '../lib/asked-process.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { copyTokens, createTenant, issueBackEnd } from '../lib/tenants.mjs';

const SCRIPT = new URL('reconnection-process.mjs', import.meta.url);
const LOOK_MS = 10;
const READY_MS_MAX = 60_000;

/**
 * Two servers, of which the first is killed while all client verifiers of the package are connected to it, and each is asked for
 * a good token again and again: how long until all of them have a lease of the second one, and what was answered meanwhile.
 */
export async function measureReconnection(
  { env, directory, mint, database, say },
  { clients, processes, kills, everyMs },
) {
  const tookMs = [];
  const outcomes = {};
  const url = await database.create('reconnection');
  // All are at one address here, with up to two connections each while they ask over HTTP.
  const settings = { ...env, ...database.settingsFor(url) };
  const second = await startRescind({ env: settings, directory });
  const tenant = await createTenant(second.api, 'Clients Ltd');
  const session = await database.connect(url);
  const [{ secret }] = await copyTokens(session, mint, tenant, 1);
  await session.end();
  const credential = await issueBackEnd(second.api);
  for (let kill = 0; kill < kills; kill++) {
    const first = await startRescind({ env: settings, directory });
    const groups = Array.from({ length: processes }, () =>
      startAsked(SCRIPT, [`${first.url},${second.url}`, String(clients / processes)], credential),
    );
    const askAll = (what, value) => Promise.all(groups.map(({ ask }) => ask(what, value)));
    const sum = async (what) => (await askAll(what)).reduce((total, each) => total + each, 0);
    await askAll('join');
    await askAll('ask', { secret, everyMs });
    while ((await sum('ready')) < clients) await delay(LOOK_MS);
    const readyBefore = await sum('timesReady');
    const startMs = performance.now();
    await first.stop('SIGKILL');
    // Each has lost its lease with the connection, and has got another one.
    while ((await sum('timesReady')) < readyBefore + clients || (await sum('ready')) < clients) {
      if (performance.now() - startMs > READY_MS_MAX)
        throw new Error('not all client verifiers have a lease again');
      await delay(LOOK_MS);
    }
    tookMs.push(performance.now() - startMs);
    for (const each of await askAll('outcomes'))
      for (const [outcome, count] of Object.entries(each))
        outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
    for (const { stop } of groups) stop();
    say(`all ${clients} have a lease again after ${tookMs.at(-1)?.toFixed(0)} ms`);
  }
  await second.stop();
  return { tookMs, outcomes };
}
