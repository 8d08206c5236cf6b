// @ts-check
/**
 * npm run bench [-- --quick]: Rescind beside what would be used instead, on this machine, in ratios of one run.
 * With `--only builds --against DIR`, beside another build of it. Writes docs/results/bench.md and bench.svg, with --only nothing, and
 * with --only PART --record docs/results/bench-PART.md. Any wrong answer fails the run.
 */
import { availableParallelism } from 'node:os';
import { readArguments } from './lib/arguments.mjs';
import { benchPage } from './lib/bench-page.mjs';
import { barChart } from './lib/chart.mjs';
import { onCleanup, runScript } from './lib/cleanup.mjs';
import { startDatabase } from './lib/database.mjs';
import { startLoadGenerator } from './lib/load.mjs';
import { minter } from './lib/mint.mjs';
import { ensureBuild, ensurePeers } from './lib/prerequisites.mjs';
import { writeResult } from './lib/report.mjs';
import { makeSettings } from './lib/rescind.mjs';
import { scratchDirectory } from './lib/scratch.mjs';
import { settingsFor } from './lib/settings.mjs';
import { measureAuditVerify } from './parts/audit-verify.mjs';
import { measureBuilds } from './parts/builds.mjs';
import { measureClientVerifiers } from './parts/client-verifiers.mjs';
import { measureConsole } from './parts/console.mjs';
import { measureContention } from './parts/contention.mjs';
import { measureFloods } from './parts/floods.mjs';
import { measureHeartbeat } from './parts/heartbeat.mjs';
import { measureIncident } from './parts/incident.mjs';
import { measureInProcess } from './parts/in-process.mjs';
import { measureLookUpFloods } from './parts/look-up-floods.mjs';
import { measureLookUp } from './parts/look-up.mjs';
import { measureManagement } from './parts/management.mjs';
import { measureMemory } from './parts/memory.mjs';
import { measureReconnection } from './parts/reconnection.mjs';
import { measureRevocationLatency } from './parts/revocation-latency.mjs';
import { measureRowAccess } from './parts/row-access.mjs';
import { measureShapes } from './parts/shapes.mjs';
import { measureSinks } from './parts/sinks.mjs';
import { measureStartUp } from './parts/start-up.mjs';
import { measureStatements } from './parts/statements.mjs';
import { measureUsage } from './parts/usage.mjs';
import { measureVerification } from './parts/verification.mjs';

const FULL = {
  verification: { rounds: 9, seconds: 2, warmUpSeconds: 5, connections: 32, tokens: 1000 },
  management: { rounds: 7, perCaller: 60, warmUpPerCaller: 150 },
  latency: {
    verifierCounts: [1, 2, 4, 5, 8],
    revocations: 500,
    warmUpRevocations: 200,
    frozenRevocations: 20,
  },
  'look-up': { rounds: 9, perRound: 200_000, tokens: 100_000 },
  'in-process': {
    rounds: 9,
    seconds: 2,
    warmUpSeconds: 4,
    connections: 32,
    remembered: 100_000,
    verdicts: 1_000_000,
  },
  heartbeat: { verifiers: 4, seconds: 10 },
  startUp: { starts: 7 },
  memory: { verdicts: 1_000_000 },
  'audit-verify': { events: 1_000_000, rounds: 5 },
  builds: { rounds: 6, seconds: 5, warmUpSeconds: 3, revocationsPerCaller: 240 },
  console: { tokens: 100_000, loads: 20, searches: 40 },
  contention: { revocations: 200, feedEntries: 450_000, verifiers: 2000, removals: 8, tokensEach: 10_000 },
  children: {
    clients: 500,
    processes: 4,
    revocations: 200,
    warmUpRevocations: 30,
    warmUpSeconds: 15,
    seconds: 10,
  },
  floods: { rounds: 4, turns: 100, logTokens: 20_000 },
  'look-up-floods': { connections: [400, 1000], administrators: 100, verificationsEach: 4 },
  incident: {
    tokens: 1_000_000,
    others: 1000,
    pagesEach: 40,
    previews: 10,
    revocations: 200,
    cutOffs: 40,
    tokensOfMember: 2000,
    inForce: 1000,
    rounds: 7,
    seconds: 2,
    connections: 32,
  },
  reconnection: { clients: 500, processes: 4, kills: 5, everyMs: 250 },
  'row-access': { rounds: 8, seconds: 2, warmUpSeconds: 3 },
  shapes: { rounds: 5, seconds: 3, warmUpSeconds: 3, connections: 32, tokens: 1000 },
  sinks: { events: 100_000, rounds: 5 },
  statements: { callers: 32, perCaller: 200 },
  usage: { rounds: 15, seconds: 1, warmUpSeconds: 3, connections: 32, tokens: 1000 },
};
/** Long enough for the code to be compiled, which a second of load is not. */
const QUICK = {
  verification: { rounds: 3, seconds: 1, warmUpSeconds: 4, connections: 32, tokens: 200 },
  management: { rounds: 2, perCaller: 40, warmUpPerCaller: 100 },
  latency: { verifierCounts: [1, 2, 5], revocations: 100, warmUpRevocations: 60, frozenRevocations: 5 },
  'look-up': { rounds: 7, perRound: 50_000, tokens: 20_000 },
  'in-process': {
    rounds: 3,
    seconds: 1,
    warmUpSeconds: 3,
    connections: 32,
    remembered: 100_000,
    verdicts: 300_000,
  },
  heartbeat: { verifiers: 2, seconds: 10 },
  startUp: { starts: 3 },
  memory: { verdicts: 50_000 },
  'audit-verify': { events: 200_000, rounds: 3 },
  builds: { rounds: 4, seconds: 2, warmUpSeconds: 2, revocationsPerCaller: 60 },
  console: { tokens: 20_000, loads: 5, searches: 10 },
  contention: { revocations: 60, feedEntries: 450_000, verifiers: 2000, removals: 3, tokensEach: 10_000 },
  children: {
    clients: 500,
    processes: 2,
    revocations: 60,
    warmUpRevocations: 20,
    warmUpSeconds: 10,
    seconds: 5,
  },
  floods: { rounds: 2, turns: 60, logTokens: 5000 },
  'look-up-floods': { connections: [400], administrators: 25, verificationsEach: 4 },
  incident: {
    tokens: 100_000,
    others: 200,
    pagesEach: 20,
    previews: 4,
    revocations: 60,
    cutOffs: 20,
    tokensOfMember: 500,
    inForce: 100,
    rounds: 3,
    seconds: 1,
    connections: 32,
  },
  reconnection: { clients: 500, processes: 2, kills: 2, everyMs: 250 },
  'row-access': { rounds: 2, seconds: 1, warmUpSeconds: 1 },
  shapes: { rounds: 2, seconds: 2, warmUpSeconds: 2, connections: 32, tokens: 200 },
  sinks: { events: 30_000, rounds: 2 },
  statements: { callers: 32, perCaller: 60 },
  usage: { rounds: 7, seconds: 1, warmUpSeconds: 2, connections: 32, tokens: 200 },
};

const PARTS = {
  verification: measureVerification,
  management: measureManagement,
  latency: measureRevocationLatency,
  'look-up': measureLookUp,
  'in-process': measureInProcess,
  heartbeat: measureHeartbeat,
  startUp: measureStartUp,
  memory: measureMemory,
  'audit-verify': measureAuditVerify,
  builds: measureBuilds,
  console: measureConsole,
  contention: measureContention,
  children: measureClientVerifiers,
  reconnection: measureReconnection,
  floods: measureFloods,
  'look-up-floods': measureLookUpFloods,
  incident: measureIncident,
  shapes: measureShapes,
  sinks: measureSinks,
  statements: measureStatements,
  'row-access': measureRowAccess,
  usage: measureUsage,
};

/** What compares with another build, what needs a browser, and what fills a million tokens. */
const ALONE = ['builds', 'console', 'incident'];

const options = readArguments({ quick: false, only: '', against: '', record: false });
const sizes = options.quick ? QUICK : FULL;
const wanted =
  options.only === '' ? Object.keys(PARTS).filter((part) => !ALONE.includes(part)) : options.only.split(',');

await runScript(options.quick ? 8 : 45, async () => {
  await ensureBuild();
  if (wanted.includes('verification')) ensurePeers();
  const secrets = makeSettings('');
  const directory = await scratchDirectory('bench-logs');
  const load = await startLoadGenerator(directory);
  onCleanup(load.stop);
  const say = (line) => console.error(line);
  const context = {
    against: options.against,
    directory,
    load,
    say,
    database: await startDatabase(),
    mint: await minter(secrets.RESCIND_PEPPER),
  };
  const results = {};
  for (const part of wanted) {
    say(`\n${part}`);
    const env = { ...secrets, ...settingsFor(part) };
    results[part] = await PARTS[part]({ ...context, env }, sizes[part]);
  }
  const given = [
    ...(options.quick ? ['--quick'] : []),
    ...(options.only === '' ? [] : ['--only', options.only]),
  ];
  const command = ['npm run bench', ...(given.length === 0 ? [] : ['--', ...given])].join(' ');
  const page = benchPage(results, sizes, command);
  console.log(page);
  const violations =
    (results.latency ?? []).reduce((sum, row) => sum + row.violations, 0) +
    (results.children?.violations ?? 0) +
    (results.incident?.great.violations ?? 0);
  if (violations > 0)
    console.error(`${violations} verdicts said "active" after their revocation had been answered.`);
  if (options.record && options.only !== '') await writeResult(`bench-${wanted.join('-')}.md`, page);
  if (options.only === '') {
    await writeResult('bench.md', page);
    const bars = results.verification.rows.map(({ name, perSecond }) => ({
      label: name,
      ...perSecond,
      own: name.startsWith('Rescind'),
    }));
    const title = `Verifications a second over HTTP, ${availableParallelism()} cores`;
    await writeResult('bench.svg', barChart(title, 'median', bars));
  }
  return violations > 0 ? 1 : 0;
});
