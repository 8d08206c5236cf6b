// @ts-check
/**
 * npm run fuzz -- --requests N --seed S: requests made from the OpenAPI documents (valid, nearly valid, hostile;
 * every route and dialect; as nobody, each role, a token without an owner, the platform; about colleagues and about a foreign
 * business). Holds that there is no 5xx, each answer is as documented, what a description allows is not refused for its shape, no secret or digest is in an answer or a log line, another
 * business is neither read nor changed, and inside one nobody does to a colleague what their role does not allow. Every finding comes with the seed and a curl. Exit code 1 on findings.
 */
import { unnoticedLies } from './fuzz/blindness.mjs';
import { curlFindings } from './fuzz/findings.mjs';
import { runCampaign } from './fuzz/campaign.mjs';
import { leakDetector } from './fuzz/leaks.mjs';
import { operationsIn, readDocuments } from './fuzz/operations.mjs';
import { differences, settledSnapshot, snapshotOf } from './fuzz/snapshot.mjs';
import { createVictim } from './fuzz/world.mjs';
import { readArguments } from './lib/arguments.mjs';
import { runScript } from './lib/cleanup.mjs';
import { startDatabase } from './lib/database.mjs';
import { ensureBuild } from './lib/prerequisites.mjs';
import { makeSettings, startRescind } from './lib/rescind.mjs';
import { scratchDirectory } from './lib/scratch.mjs';

const { requests: count, seed, coverage } = readArguments({ requests: 5000, seed: 1, coverage: false });
const say = (line) => console.error(line);

await runScript(120, async () => {
  await ensureBuild();
  const directory = await scratchDirectory('fuzz');
  const database = await startDatabase();
  const env = {
    ...makeSettings('fuzz'),
    ...database.settingsFor(await database.create('fuzz')),
  };
  const rescind = await startRescind({ env, directory });
  const session = await database.connect(env.RESCIND_MIGRATE_URL);
  const documents = await readDocuments(rescind.client);
  const operations = operationsIn(documents);
  const leaks = leakDetector(env.RESCIND_PEPPER);
  leaks.learn(env.RESCIND_BOOTSTRAP_TOKEN);
  const victim = await createVictim(rescind.api);
  for (const secret of victim.secrets) leaks.learn(secret);
  say(`seed ${seed}, ${count} requests over ${operations.length} operations`);

  const findings = curlFindings(seed);
  const before = await settledSnapshot(session, victim.id);
  const statuses = await runCampaign({
    rescind,
    session,
    operations,
    victim,
    leaks,
    seed,
    count,
    say,
    report: findings.add,
  }).catch(async (error) => {
    findings.add({ operation: 'state', fault: `the campaign ended: ${error.message}` });
    const { exitCode, signalCode } = rescind.child;
    if (exitCode !== null || signalCode !== null)
      findings.add({ operation: 'state', fault: `the process died: ${await rescind.child.lastWords()}` });
    return new Map();
  });
  for (const lie of await unnoticedLies(documents, { rescind, session, victim, leaks, seed, say: () => {} }))
    findings.add({ operation: 'documents', fault: `would not be found to lie: ${lie}` });
  const after = await snapshotOf(session, victim.id);
  for (const change of differences(before, after))
    findings.add({ operation: 'state', fault: `another business has changed: ${change}` });
  const health = await rescind.client.get('/health/ready').catch((error) => ({ status: error.message }));
  if (health.status !== 200)
    findings.add({ operation: 'state', fault: `not ready after the campaign: ${health.status}` });

  await session.end();
  await rescind.stop();
  for (const leak of await leaks.inLog(rescind.logFile)) findings.add({ operation: 'log', fault: leak });
  if (coverage) for (const [key, times] of [...statuses].sort()) console.log(`${key}: ${times}`);
  findings.print();
  console.log(
    `seed ${seed}: ${count} requests, ${operations.length} operations, ${findings.count()} findings`,
  );
  return findings.count() > 0 ? 1 : 0;
});
