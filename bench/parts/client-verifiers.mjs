// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { startAsked } from '../lib/asked-process.mjs';
import { cpuSeconds, processTree } from '../lib/proc.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { quantile } from '../lib/statistics.mjs';
import { copyTokens, createTenant, issueBackEnd, revokeRequest } from '../lib/tenants.mjs';

const SCRIPT = new URL('client-verifiers-process.mjs', import.meta.url);

/**
 * What many client verifiers cost: a revocation with and without them, when all of them remember the token; and the server
 * while nothing happens. One that still answers "active" when the revocation is answered is a violation (R1).
 */
export async function measureClientVerifiers(
  { env, directory, mint, database, say },
  { clients, processes, revocations, warmUpRevocations, warmUpSeconds, seconds },
) {
  const url = await database.create('clients');
  const server = await startRescind({ env: { ...env, ...database.settingsFor(url) }, directory });
  const tenant = await createTenant(server.api, 'Clients Ltd');
  const session = await database.connect(url);
  const groups = [];
  const askAll = async (what, value) => {
    const answers = await Promise.all(groups.map(({ ask }) => ask(what, value)));
    return answers.reduce((sum, each) => sum + each, 0);
  };
  let violations = 0;
  const measure = async (count) => {
    const tokens = await copyTokens(session, mint, tenant, warmUpRevocations + count);
    const tookMs = [];
    for (const token of tokens) {
      const told = await askAll('remember', token.secret);
      if (told !== groups.length * (clients / processes))
        throw new Error(`${told} client verifiers were told`);
      const revoke = revokeRequest(tenant, token);
      const startMs = performance.now();
      const { status, text } = await server.client.request(revoke.method, revoke.path, revoke);
      tookMs.push(performance.now() - startMs);
      if (status !== 201) throw new Error(`revoke: ${status} ${text}`);
      violations += await askAll('active', token.secret);
    }
    const timed = tookMs.slice(warmUpRevocations);
    return { p50: quantile(timed, 0.5), p99: quantile(timed, 0.99) };
  };
  const without = await measure(revocations);
  const address = server.url.replace('http', 'ws');
  const credential = await issueBackEnd(server.api);
  for (let index = 0; index < processes; index++)
    groups.push(startAsked(SCRIPT, [address, String(clients / processes)], credential));
  await Promise.all(groups.map(({ ask }) => ask('join')));
  while ((await askAll('leased')) < clients) await delay(100);
  await delay(warmUpSeconds * 1000);
  const [messages, cpu, atMs] = [
    await askAll('messages'),
    cpuSeconds(processTree(server.pid)),
    performance.now(),
  ];
  await delay(seconds * 1000);
  const passed = (performance.now() - atMs) / 1000;
  const idle = {
    messages: ((await askAll('messages')) - messages) / passed / clients,
    cores: (cpuSeconds(processTree(server.pid)) - cpu) / passed,
  };
  const withClients = await measure(revocations);
  await session.end();
  await server.stop();
  const ratio = withClients.p99 / without.p99;
  say(
    `${clients} client verifiers: revoke p99 ${withClients.p99.toFixed(1)} ms, without ${without.p99.toFixed(1)} ms, ${violations} violations`,
  );
  return { without, withClients, ratio, idle, violations };
}
