// @ts-check
import { join } from 'node:path';
import { buildPackagesIfNeeded } from '../../scripts/build-packages.mjs';
import { firstMessage, startNode } from '../lib/child.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { median, summary } from '../lib/statistics.mjs';
import { copyTokens, createTenant } from '../lib/tenants.mjs';

const SECRETS_IN_REQUESTS = 200;

/**
 * `@rescind/verifier` in a program of its own: verdicts a second of processor time, memory, and what a guarded route
 * keeps of the rate of the same route without a guard, in rounds that take turns.
 */
export async function measureInProcess({ env, directory, mint, database, load, say }, sizes) {
  buildPackagesIfNeeded();
  const url = await database.create('in-process');
  const rescind = await startRescind({
    env: { ...env, ...database.settingsFor(url) },
    directory,
  });
  const tenant = await createTenant(rescind.api, 'In Process Ltd');
  const session = await database.connect(url);
  const tokens = await copyTokens(session, mint, tenant, sizes.remembered);
  await session.end();
  const secrets = tokens.map(({ secret }) => secret);
  const program = await startNode(join(import.meta.dirname, 'in-process-program.mjs'), {
    logFile: join(directory, 'in-process.log'),
  });
  program.send({ url: rescind.url, credential: tenant.secret, secrets, ...sizes });
  const { megabytes, heapMegabytes, rates, fastifyUrl, nestUrl } = await firstMessage(program);
  say(
    `${Math.round(megabytes)} MB, ${Math.round(heapMegabytes)} MB of live heap, for ${secrets.length} remembered`,
  );
  const routes = await measureRoutes(
    { load, say, pid: program.pid },
    { fastifyUrl, nestUrl, secrets: secrets.slice(0, SECRETS_IN_REQUESTS) },
    sizes,
  );
  await program.stop();
  await rescind.stop();
  const names = Object.keys(rates[0]);
  return {
    megabytes,
    heapMegabytes,
    rates: names.map((name) => ({ name, ...summary(rates.map((rate) => rate[name])) })),
    routes,
  };
}

async function measureRoutes({ load, say, pid }, { fastifyUrl, nestUrl, secrets }, sizes) {
  const { rounds, seconds, warmUpSeconds, connections } = sizes;
  const contestants = [
    ['Fastify, open', fastifyUrl, '/open'],
    ['Fastify, guarded', fastifyUrl, '/guarded'],
    ['Fastify, asking over HTTP', fastifyUrl, '/asking'],
    ['Nest, open', nestUrl, '/open'],
    ['Nest, guarded', nestUrl, '/guarded'],
  ].map(([name, url, path]) => ({
    name,
    url,
    pid,
    requests: secrets.map((secret) => ({
      method: 'GET',
      path,
      headers: { authorization: `Bearer ${secret}` },
      expect: ['{"orders":[1,2,3]}'],
    })),
  }));
  const results = new Map(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants)
    await load.run(contestant, { requests: contestant.requests, connections, seconds: warmUpSeconds });
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < contestants.length; place++) {
      const contestant = contestants[(place + round) % contestants.length];
      const result = await load.run(contestant, { requests: contestant.requests, connections, seconds });
      results.get(contestant.name)?.push(result);
      say(`round ${round + 1}/${rounds} ${contestant.name}: ${Math.round(result.perSecond)}/s`);
    }
  }
  const ratio = (over, under, atLeast) => ({
    name: `${over} ÷ ${under}`,
    atLeast,
    rate: summary(
      results.get(over).map(({ perSecond }, index) => perSecond / results.get(under)[index].perSecond),
    ),
    /** Of processor time: what the load generator takes beside it does not count. */
    cpu:
      median(results.get(under).map((each) => each.serverMicrosecondsPerAnswer)) /
      median(results.get(over).map((each) => each.serverMicrosecondsPerAnswer)),
  });
  return [
    ratio('Fastify, guarded', 'Fastify, open', 0.9),
    ratio('Nest, guarded', 'Nest, open', 0.9),
    ratio('Fastify, asking over HTTP', 'Fastify, open', null),
  ];
}
