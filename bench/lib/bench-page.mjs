// @ts-check
import { machine, number, spreadOf, table } from './report.mjs';
import { settingsTable } from './settings.mjs';
import { quantile } from './statistics.mjs';

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
  ['what', 'a second', 'p50 ms', 'p99 ms', 'server CPU µs', 'bare, a second', 'ratio', 'bare CPU µs'],
  rows.map((row) => [
    row.name,
    spreadOf(row.perSecond),
    number(row.p50),
    number(row.p99),
    number(row.microseconds),
    ...(row.bare === undefined
      ? ['', '', '']
      : [spreadOf(row.bare.perSecond), spreadOf(row.bare.ratio), number(row.bare.microseconds)]),
  ]),
)}

Bare: Fastify and pg on the same rows, without a check of the caller or of the input, row-level security, proofs, sealing or
verifiers (\`bench/peers/bare-rows.mjs\`). Ratios are taken within one round.`,

  shapes: (rows, { rounds, seconds, connections }) => `## Shapes of a verification

Each beside a bare Fastify route that parses the same request and answers the same bytes: fresh processes in turns, ${rounds} rounds of
${seconds} s a shape after a warm-up, ${connections} kept-alive connections. Ratios are taken within one round; to reach: 0.75.

${table(
  ['shape', 'answers/s', 'bare Fastify', 'ratio', 'server CPU µs/answer', 'of bare Fastify'],
  rows.map((row) => [
    row.name,
    spreadOf(row.perSecond),
    spreadOf(row.bare),
    spreadOf(row.ratio),
    number(row.microseconds),
    number(row.bareMicroseconds),
  ]),
)}`,

  'row-access': (rows, { rounds, seconds }) => `## Row-level security

The same service on the same database, the policies of all tables in force and out of force in turns, ${rounds} rounds of ${seconds} s, or 40 changes
of each of 32 callers. Ratios are taken within one round; to reach: 0.95.

${table(
  ['what', 'a second, with policies', 'without', 'ratio'],
  rows.map((row) => [row.name, spreadOf(row.perSecond), spreadOf(row.without), spreadOf(row.ratio)]),
)}`,

  usage: ({ rows, noting }, { rounds, seconds, connections, tokens }) => `## Usage recorded and not

\`RESCIND_USAGE=full\` beside \`off\`: two processes on one database in turns, ${rounds} rounds of ${seconds} s a shape after a warm-up, ${connections} kept-alive
connections, ${tokens} tokens. Ratios are taken within one round; to reach: 0.97.

${table(
  ['shape', 'answers/s, recorded', 'not', 'ratio', 'server CPU µs/answer', 'not', 'ratio'],
  rows.map((row) => [
    row.name,
    spreadOf(row.perSecond),
    spreadOf(row.off),
    spreadOf(row.ratio),
    number(row.microseconds),
    number(row.offMicroseconds),
    spreadOf(row.processorRatio),
  ]),
)}

Noting one use in memory, which a verification does twice, in nanoseconds of processor time:

${table(
  ['use', 'ns'],
  noting.map(({ name, nanoseconds }) => [name, spreadOf(nanoseconds)]),
)}`,

  statements: (rows, { callers, perCaller }) => `## Statements

What a call sends to the database: with one caller, and with ${callers} of as many businesses, ${perCaller} calls each after as many that are not
counted. Of a statement that several calls share, each has a part. Milliseconds of a round trip, by the clock of the service.

${table(
  ['call', 'callers', 'p50 ms', 'statement', 'of each call', 'ms'],
  rows.flatMap(({ kind, connections, p50, statements }) =>
    statements.map(({ name, perCall, ms }, index) => [
      ...(index === 0 ? [kind, String(connections), number(p50)] : ['', '', '']),
      `\`${name}\``,
      number(perCall),
      number(ms),
    ]),
  ),
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

  'in-process': (
    { megabytes, heapMegabytes, rates, routes },
    { rounds, verdicts, remembered },
  ) => `## A verdict in the caller's process

\`@rescind/verifier\` in a program of its own beside one server: ${number(remembered)} verdicts remembered take ${number(heapMegabytes)} MB of live heap and ${number(megabytes)} MB above the empty
program (to reach: 60 MB for 100,000). ${rounds} rounds of ${number(verdicts)} verdicts after a warm-up; to reach: 1,000,000 a second.

${table(
  ['remembered secrets', 'verdicts a second of one core'],
  rates.map((row) => [row.name, spreadOf(row)]),
)}

The same small route with and without a guard, 32 connections, ratios each taken within one round.

${table(
  ['ratio', 'answers a second', 'processor time', 'to reach'],
  routes.map(({ name, rate, cpu, atLeast }) => [
    name,
    spreadOf(rate),
    number(cpu),
    atLeast === null ? 'reported' : String(atLeast),
  ]),
)}`,

  children: (
    { without, withClients, ratio, idle, violations },
    { clients, processes, revocations, seconds },
  ) => `## Client verifiers

One server, ${clients} client verifiers of all businesses in ${processes} processes, on the same machine. Each of them remembers each token before it is
revoked, ${revocations} times, and is asked when that is answered; then ${seconds} s in which nothing happens.

${table(
  ['what', 'value'],
  [
    ['revoke answer without any: p50, p99 ms', [without.p50, without.p99].map(number).join(', ')],
    [
      'revoke answer with all of them: p50, p99 ms',
      [withClients.p50, withClients.p99].map(number).join(', '),
    ],
    ['ratio of the p99', number(ratio)],
    ['answers "active" after the revocation was answered', String(violations)],
    ['messages a second and client verifier, idle, both ways', number(idle.messages)],
    ['server, idle, share of a core', number(idle.cores)],
  ],
)}`,

  reconnection: ({ tookMs, outcomes }, { clients, processes, kills, everyMs }) => `## A server is killed

Two servers, ${clients} client verifiers of the package in ${processes} processes, on the same machine. All are connected to the first one, which is
killed, ${kills} times anew. Each asks for a good token every ${everyMs} ms, from memory or as it can. To reach: 5 s.

${table(
  ['what', 'value'],
  [
    [
      'until all have a lease of the second: median, longest, ms',
      [quantile(tookMs, 0.5), Math.max(...tookMs)].map(number).join(', '),
    ],
    ...Object.entries(outcomes).map(([outcome, count]) => [`answered "${outcome}"`, String(count)]),
  ],
)}`,

  incident: (
    { pages, preview, single, cutOffs, great, inForce },
    { tokens, tokensOfMember, rounds, seconds },
  ) => `## An incident in a business with ${number(tokens)} tokens

Four verifier processes, one caller. The member whose tokens are cut off has all but a few of them; each verifier remembers 100 of those, and is asked for them
when the cut-off has answered. The rate of verification, ${rounds} rounds of ${seconds} s, is that of one process and of other tokens.

${table(
  ['what', 'measured', 'to reach'],
  [
    ['revocation of one token: p50, p99 ms', [single.p50, single.p99].map(number).join(', '), ''],
    [
      `cut-off of a member with ${number(tokensOfMember)} tokens, ${cutOffs.count} times: p50, p99 ms`,
      [cutOffs.p50, cutOffs.p99].map(number).join(', '),
      `p99 within ${number(single.p99 * 2)}`,
    ],
    [
      `cut-off of the member with ${number(tokens)} tokens, ms`,
      number(great.answerMs),
      number(single.p99 * 2),
    ],
    ['answers "active" after it was answered', String(great.violations), '0'],
    ['marked a second, each with its event', number(great.marked.alone ?? great.marked.perSecond), '5,000'],
    ['the same beside the load', great.marked.besideLoad === null ? 'done too soon' : number(great.marked.besideLoad), ''], // prettier-ignore
    [
      'rate of verification meanwhile ÷ before',
      great.rateWhileMarking === null ? 'done too soon' : spreadOf(great.rateWhileMarking),
      '0.8',
    ],
    [
      `rate of verification with ${number(inForce.cut)} cut-offs in force ÷ with none`,
      number(inForce.ratio),
      '0.97',
    ],
    [
      'preview of a revocation of the whole business: p50, p95 ms',
      [preview.p50, preview.p95].map(number).join(', '),
      '1,000',
    ],
  ],
)}

A page of 50 tokens over HTTP, by one word of the selector each; to reach: p95 below 30 ms.

${table(
  ['page by', 'p50 ms', 'p95 ms', 'max ms'],
  pages.map(({ name, p50, p95, max }) => [name, number(p50), number(p95), number(max)]),
)}`,

  console: ({ usable, layoutShift, searches }, { tokens, loads }) => `## The console

A business with ${number(tokens)} tokens, in Chromium. Usable: from the start of the navigation with empty caches until the tokens are shown and counted,
on a processor that is slowed down four times, ${loads} times. Searches: from the input until the rows that match have been drawn, each a new text, without
slowing down; the 80 ms in which the screen waits for the next letter are in it.

${table(
  ['what', 'p50', 'p95', 'to reach'],
  [
    ['tokens screen usable, ms', number(usable.p50), number(usable.p95), '1,000'],
    ...searches.map(({ name, p50, p95 }) => [`search for ${name}, ms`, number(p50), number(p95), '300']),
    ['largest layout shift of a load', '', String(Math.round(layoutShift * 10_000) / 10_000), '0.05'],
  ],
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

  sinks: (rows, { events, rounds }) => `## Events sent to other systems

One process, one sink, ${number(events)} events of ten logs that are there when it starts, from its first batch to its last; ${rounds} runs each.

${table(
  ['sink', 'events/s'],
  rows.map((row) => [row.name, spreadOf(row.perSecond)]),
)}`,

  'audit-verify': (rows, { events, rounds }) => `## Offline verification of an export

\`rescind audit verify\` over ${number(events)} events, ${rounds} runs, each in a process of its own; to reach: 100,000 events a second of a core. A core's
second counts every thread, inflating included.

${table(
  ['export', 'events/s', 'events per core second', 'memory at most, MB'],
  rows.map((row) => [row.name, spreadOf(row.perSecond), spreadOf(row.perCoreSecond), number(row.megabytes)]),
)}`,

  builds: (rows, { rounds, seconds }) => `## Beside another build

Fresh processes in turns, each on a database of its own, ${rounds} rounds of ${seconds} s a kind after a warm-up, 32 callers of 32 businesses.
two client verifiers connected, a quarter of the revocations by RFC 7009. Ratios are taken within one round; CPU is that of service
and database. Median (slowest to fastest round).

${table(
  ['what', 'this build, a second', 'the other', 'ratio', 'p50, ratio', 'CPU an answer, ratio'],
  rows.map((row) => [
    row.name,
    spreadOf(row.here),
    spreadOf(row.there),
    spreadOf(row.ratio),
    spreadOf(row.p50),
    spreadOf(row.cpu),
  ]),
)}`,

  contention: (
    { held, registry, removal },
    { feedEntries, verifiers, removals, tokensEach },
  ) => `## What must not slow a revocation down

One process, one caller. Members: ${removals} removals, one after the other; what the event loop is held for is processor time
of its thread, which here collects young garbage alone.

${table(
  ['what', 'measured'],
  [
    ['revoke, p50', `${number(held.before)} ms`],
    ['the same of tokens that are revoked already', `${number(held.repeated)} ms`],
    [
      `the same with a transaction held open, and ${number(feedEntries)} feed entries since it began`,
      `${number(held.during)} ms`,
    ],
    ['and after it has ended', `${number(held.after)} ms`],
    [
      `a look at the registry of ${number(verifiers)} verifiers, of which none lacks anything`,
      `${number(registry.nobodyLacks)} bytes`,
    ],
    ['the same when all of them lack the revocation', `${number(registry.allLack)} bytes`],
    [
      `removal of a member with ${number(tokensEach)} tokens, median and most`,
      `${number(removal.tookMs)}, ${number(removal.tookMsMax)} ms`,
    ],
    [
      'longest turn of the event loop in it, median and most',
      `${number(removal.heldMs)}, ${number(removal.heldMsMax)} ms`,
    ],
  ],
)}`,

  floods: (rows, { rounds, turns }) => `## While another tenant floods

What one caller of a tenant gets while another tenant floods in one way, from a process of its own, with the limits of an installation
that sets none: in times of what the same calls take alone, in the same ${rounds} turns of ${turns} revocations and ${turns * 5} verifications.

${table(
  ['flood', 'verify p50', 'verify p99', 'revoke p50', 'revoke p99', 'refused'],
  rows.map((row) => [
    row.kind,
    number(row.verifyP50),
    number(row.verifyP99),
    number(row.revokeP50),
    number(row.revokeP99),
    row.refused,
  ]),
)}`,

  'look-up-floods': (
    rows,
    { administrators, verificationsEach },
  ) => `## While another tenant floods the look-ups

What one caller of a tenant gets while another tenant asks for what has to be looked up, from one process of its own, with the limits of
an installation that sets none: ${number(administrators * verificationsEach)} verifications and ${number(administrators)} revocations, of tokens and by tokens that no memory has. In milliseconds; the aim is 25
at the median and 250 at the p99 with 400 connections, and that nothing is refused.

${table(
  ['flood', 'connections', 'verify p50', 'verify p99', 'revoke p50', 'revoke p99', 'refused'],
  rows.map((row) => [
    row.kind,
    number(row.connections),
    ...[row.verifyP50, row.verifyP99, row.revokeP50, row.revokeP99].map((ms) => number(ms)),
    row.refused,
  ]),
)}`,
};

/** The page of results; made by \`npm run bench\`, never by hand. */
export function benchPage(results, sizes, command) {
  const parts = Object.entries(results).map(([part, result]) => sections[part](result, sizes[part]));
  const chart = results.verification ? '\n![Verifications a second](bench.svg)\n' : '';
  return `# Benchmarks

Made by \`${command}\`. Ratios carry over to other machines better than rates.
${chart}
${[machine(results.verification ? PEERS : []), settingsTable(Object.keys(results)), ...parts].join('\n\n')}
`;
}
