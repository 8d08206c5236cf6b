/**
 * npm run bench [-- --quick]: Rescind beside what would be used instead, on this machine, in ratios of one run.
 * Writes docs/results/bench.md and bench.svg, unless --only names some parts. Any wrong answer fails the run.
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
import { measureAuditVerify } from './parts/audit-verify.mjs';
import { measureHeartbeat } from './parts/heartbeat.mjs';
import { measureLookUp } from './parts/look-up.mjs';
import { measureManagement } from './parts/management.mjs';
import { measureMemory } from './parts/memory.mjs';
import { measureRevocationLatency } from './parts/revocation-latency.mjs';
import { measureStartUp } from './parts/start-up.mjs';
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
  heartbeat: { verifiers: 4, seconds: 10 },
  startUp: { starts: 7 },
  memory: { verdicts: 1_000_000 },
  'audit-verify': { events: 1_000_000, rounds: 5 },
};
/** Long enough for the code to be compiled, which a second of load is not. */
const QUICK = {
  verification: { rounds: 3, seconds: 1, warmUpSeconds: 4, connections: 32, tokens: 200 },
  management: { rounds: 2, perCaller: 40, warmUpPerCaller: 100 },
  latency: { verifierCounts: [1, 2, 5], revocations: 100, warmUpRevocations: 60, frozenRevocations: 5 },
  'look-up': { rounds: 7, perRound: 50_000, tokens: 20_000 },
  heartbeat: { verifiers: 2, seconds: 10 },
  startUp: { starts: 3 },
  memory: { verdicts: 50_000 },
  'audit-verify': { events: 200_000, rounds: 3 },
};

const PARTS = {
  verification: measureVerification,
  management: measureManagement,
  latency: measureRevocationLatency,
  'look-up': measureLookUp,
  heartbeat: measureHeartbeat,
  startUp: measureStartUp,
  memory: measureMemory,
  'audit-verify': measureAuditVerify,
};

const options = readArguments({ quick: false, only: '' });
const sizes = options.quick ? QUICK : FULL;

await runScript(options.quick ? 8 : 45, async () => {
  await ensureBuild();
  ensurePeers();
  const env = makeSettings();
  const directory = await scratchDirectory('bench-logs');
  const load = await startLoadGenerator(directory);
  onCleanup(load.stop);
  const say = (line) => console.error(line);
  const context = {
    env,
    directory,
    load,
    say,
    database: await startDatabase(),
    mint: await minter(env.RESCIND_PEPPER),
  };
  const wanted = options.only === '' ? Object.keys(PARTS) : options.only.split(',');
  const results = {};
  for (const part of wanted) {
    say(`\n${part}`);
    results[part] = await PARTS[part](context, sizes[part]);
  }
  const command = options.quick ? 'npm run bench -- --quick' : 'npm run bench';
  const page = benchPage(results, sizes, command);
  console.log(page);
  const violations = (results.latency ?? []).reduce((sum, row) => sum + row.violations, 0);
  if (violations > 0)
    console.error(`${violations} verdicts said "active" after their revocation had been answered.`);
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
