// @ts-check
import { startPeer } from '../lib/peers.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { changed } from '../lib/settings.mjs';
import { median, summary } from '../lib/statistics.mjs';
import { copyTokens, createTenant, introspectRequest, verifyRequest } from '../lib/tenants.mjs';

const REFERENCE = 'Rescind, memory';

/** What each ratio of the reference to a peer has to reach; reported where there is no number. */
const TARGETS = {
  'bare Fastify, same bytes': 0.85,
  'oidc-provider introspection, in-memory adapter': 3,
  'better-auth api-key verify, PostgreSQL': 15,
  'NestJS + TypeORM guard by hand, PostgreSQL': 3,
};

async function rescindContestants({ database, env, directory, mint, tokens }) {
  const shared = { ...env, ...database.settingsFor(await database.create('verification')) };
  const [memory, asking, two] = [
    await startRescind({ env: shared, directory }),
    await startRescind({ env: { ...shared, ...changed('RESCIND_VERDICT_MEMORY') }, directory }),
    await startRescind({ env: { ...shared, ...changed('RESCIND_WORKERS') }, directory }),
  ];
  const tenant = await createTenant(memory.api, 'Verified Ltd');
  const session = await database.connect(shared.RESCIND_MIGRATE_URL);
  const issued = await copyTokens(session, mint, tenant, tokens);
  await session.end();
  const native = issued.map((token) => verifyRequest(tenant, token));
  const target = ({ url, pid, stop }, name, requests) => ({ name, url, pid, requests, stop });
  return {
    answers: await sampleAnswers(memory, native),
    contestants: [
      target(memory, REFERENCE, native),
      target(memory, 'Rescind, memory, RFC 7662', issued.map((token) => introspectRequest(tenant, token))), // prettier-ignore
      target(asking, 'Rescind, database on every call', native),
      target(two, 'Rescind, memory, 2 workers', native),
    ],
  };
}

/** Each right answer once, for the bare route to repeat byte by byte. */
async function sampleAnswers({ client }, requests) {
  const answers = [];
  for (const { method, path, headers, body } of requests) {
    const { status, text } = await client.request(method, path, { headers, body });
    if (status !== 200 || !text.includes('"active":true')) throw new Error(`verify: ${status} ${text}`);
    answers.push(text);
  }
  return answers;
}

/**
 * Throughput of verification over HTTP, contestants in short alternating rounds, the order turned by one each
 * round, so that none profits from its place.
 * @returns rows and ratios, each ratio taken within one round and summed up over all
 */
export async function measureVerification(context, { rounds, seconds, warmUpSeconds, connections, tokens }) {
  const { database, directory, load, say } = context;
  const { contestants, answers } = await rescindContestants({ ...context, tokens });
  const bytes = contestants[0].requests.map((request, index) => ({
    ...request,
    answer: answers[index],
    expect: [answers[index]],
  }));
  const peers = [
    ['bare-fastify', 'bare Fastify, same bytes', { requests: bytes }],
    ['oidc-provider', 'oidc-provider introspection, in-memory adapter', { tokens }],
    [
      'better-auth',
      'better-auth api-key verify, PostgreSQL',
      { tokens, databaseUrl: await database.create('better_auth') },
    ],
    [
      'nest-guard',
      'NestJS + TypeORM guard by hand, PostgreSQL',
      { tokens, databaseUrl: await database.create('nest_guard') },
    ],
  ];
  for (const [program, name, settings] of peers)
    contestants.push({ ...(await startPeer(program, directory, settings)), name });

  const results = new Map(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) {
    say(`warming up ${contestant.name}`);
    await load.run(contestant, { requests: contestant.requests, connections, seconds: warmUpSeconds });
  }
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < contestants.length; place++) {
      const contestant = contestants[(place + round) % contestants.length];
      const result = await load.run(contestant, { requests: contestant.requests, connections, seconds });
      results.get(contestant.name).push(result);
      say(`round ${round + 1}/${rounds} ${contestant.name}: ${Math.round(result.perSecond)}/s`);
    }
  }
  for (const contestant of contestants) await contestant.stop();
  return { rows: rowsOf(results), ratios: ratiosOf(results) };
}

function rowsOf(results) {
  return [...results].map(([name, rounds]) => ({
    name,
    perSecond: summary(rounds.map((round) => round.perSecond)),
    p50: median(rounds.map((round) => round.latencyMs.p50)),
    p99: median(rounds.map((round) => round.latencyMs.p99)),
    serverMicroseconds: median(rounds.map((round) => round.serverMicrosecondsPerAnswer)),
    generatorShare: median(rounds.map((round) => round.generatorShareOfCore)),
  }));
}

function ratiosOf(results) {
  const ratio = (over, under, atLeast) => ({
    name: `${over} ÷ ${under}`,
    atLeast,
    ...summary(
      results.get(over).map((round, index) => round.perSecond / results.get(under)[index].perSecond),
    ),
  });
  return [
    ...Object.entries(TARGETS).map(([peer, atLeast]) => ratio(REFERENCE, peer, atLeast)),
    ratio('Rescind, database on every call', 'NestJS + TypeORM guard by hand, PostgreSQL', 1.2),
    ratio('Rescind, memory, RFC 7662', REFERENCE, 0.75),
    ratio('Rescind, memory, 2 workers', REFERENCE, null),
  ];
}
