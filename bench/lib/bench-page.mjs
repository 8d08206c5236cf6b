import { machine, number, spreadOf, table } from './report.mjs';

const PEERS = ['fastify', 'oidc-provider', 'better-auth', '@better-auth/api-key', '@nestjs/core', 'typeorm'];

const sections = {
  verification: ({ rows, ratios }, { rounds, seconds, connections, tokens }) => `## Verification over HTTP

${connections} kept-alive connections, ${tokens} tokens, ${rounds} rounds of ${seconds} s in turning order after a warm-up; each answer
checked for the right token. Median (slowest to fastest round).

${table(
  ['contestant', 'answers/s', 'p50 ms', 'p99 ms', 'server CPU µs/answer', 'load generator, share of a core'],
  rows.map((row) => [
    row.name,
    spreadOf(row.perSecond),
    number(row.p50),
    number(row.p99),
    number(row.serverMicroseconds),
    number(row.generatorShare),
  ]),
)}

Ratios, each taken within one round; server CPU does not count PostgreSQL.

${table(
  ['ratio', 'median (min to max)', 'to reach'],
  ratios.map((ratio) => [
    ratio.name,
    spreadOf(ratio),
    ratio.atLeast === null ? 'reported' : `${ratio.atLeast}`,
  ]),
)}

With two workers, server processes and load generator share the same cores: on a machine of two, the second
worker can only take what generator and first worker leave idle.`,

  management: (rows, { rounds, perCaller, warmUpPerCaller }) => `## Changes and queries

32 callers, ${perCaller} calls each, ${rounds} rounds, embedded PostgreSQL with its own settings (fsync on, synchronous commit). Each
change is answered after commit and audit event, each revocation also after the barrier. Before it is measured, the server answers
${warmUpPerCaller} calls of each kind and caller: a server that has been up for a minute is what users have.

${table(
  ['what', 'a second', 'p50 ms', 'p99 ms'],
  rows.map((row) => [row.name, spreadOf(row.perSecond), number(row.p50), number(row.p99)]),
)}`,

  latency: (rows, { warmUpRevocations }) => `## From revoked to refused

One caller. Answer: until the revoke call has returned. Refused: until every verifier, asked the moment the answer was there, has said
so. A violation is a verdict other than a refusal. With each number of verifiers ${warmUpRevocations} revocations come first that are
checked and not timed.

${table(
  ['verifier processes', 'revocations', 'answer p50, p99, max ms', 'refused p50, p99, max ms', 'violations'],
  rows.map(({ name, answer, refused, violations }) => [
    name,
    String(answer.count),
    [answer.p50, answer.p99, answer.max].map(number).join(', '),
    [refused.p50, refused.p99, refused.max].map(number).join(', '),
    String(violations),
  ]),
)}`,

  'look-up': (rows, { rounds, perRound, tokens }) => `## A verdict out of memory, inside the process

Without HTTP: the built \`Verdicts\`, ${tokens.toLocaleString('en-US')} tokens in its memory, the lease of a verifier that is registered with a database. ${rounds} rounds of
${perRound.toLocaleString('en-US')} after a warm-up. Median (fastest to slowest round); to reach: lease check and memory look-up under 3 µs.

${table(
  ['what', 'µs of CPU'],
  rows.map((row) => [row.name, spreadOf(row)]),
)}`,

  heartbeat: ({ heartbeats, transactions }, { verifiers, seconds }) => `## Heartbeats

${verifiers} idle verifiers with a lease of 1 s, ${seconds} s, counted by the database. To reach: at most 5 small statements a second and verifier.

${table(
  ['what', 'a second and verifier'],
  [
    ['heartbeats: rounds of the registry, one statement each', number(heartbeats)],
    ['transactions of all kinds in the database, the sealing of the log included', number(transactions)],
  ],
)}`,

  startUp: ({ firstMs, warmMs }) => `## Start

Process start to ready with the embedded database: first start (makes the cluster) ${number(firstMs)} ms; warm start ${spreadOf(warmMs)} ms over
${warmMs.count} starts.`,

  memory: ({ points, atRest, restSeconds }) => `## Memory

Resident memory of the one process, each verdict put there by a verification over HTTP, while the load runs. After ${restSeconds} s without load:
${number(atRest)} MB. To reach at a million: 600 MB.

${table(
  ['verdicts in memory', 'MB'],
  points
    .filter((_, index) => index % Math.ceil(points.length / 11) === 0 || index === points.length - 1)
    .map(({ verdicts, megabytes }) => [verdicts.toLocaleString('en-US'), number(megabytes)]),
)}`,

  'audit-verify': (rows, { events, rounds }) => `## Offline verification of an export

\`rescind audit verify\` over ${number(events)} events, ${rounds} runs, each in a process of its own; to reach: 100,000 events a second of a core. A core's
second counts every thread, inflating included.

${table(
  ['export', 'events/s', 'events per core second', 'memory at most, MB'],
  rows.map((row) => [row.name, spreadOf(row.perSecond), spreadOf(row.perCoreSecond), number(row.megabytes)]),
)}`,
};

/** The page of results; made by \`npm run bench\`, never by hand. */
export function benchPage(results, sizes, command) {
  const parts = Object.entries(results).map(([part, result]) => sections[part](result, sizes[part]));
  const chart = results.verification ? '\n![Verifications a second](bench.svg)\n' : '';
  return `# Benchmarks

Made by \`${command}\`. Ratios carry over to other machines better than rates.
${chart}
${[machine(PEERS), ...parts].join('\n\n')}
`;
}
