// @ts-check
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Clients } from './clients.mjs';
import { evidenceOf } from './evidence.mjs';
import { injectFaults } from './faults.mjs';
import { judge, judgeAll } from './judgement.mjs';
import { profileFor } from './profile.mjs';
import { seededRandom } from './random.mjs';
import { revocationsOf, summaryOf } from './report.mjs';
import { SABOTAGES } from './sabotages.mjs';
import { World } from './world.mjs';

const REPORT_EVERY_MS = 10_000;
const JUDGE_EVERY_MS = 2000;
/** What starting, the last answers and the judgement may take beyond the run itself. */
const BESIDES_MS_MAX = 240_000;
/** When nothing has been issued by then, there is nothing to attack. */
const BEGUN_WITHIN_MS = 60_000;

/**
 * One torture run: verifiers, clients and faults for `seconds`, then the judgement. Leaves no process behind, and
 * its directory only if something was found.
 * @param {{seconds: number, seed: number, verifiers: number, leaseMs: number, sabotage?: string, only?: string[], changes?: string[], profile?: object}} options
 * `only`: names of faults; `changes`: of those that clients make. With a sabotage it ends as soon as that is found.
 * @param {(line: string) => void} report for whoever waits
 */
export async function torture(options, report) {
  const random = seededRandom(options.seed);
  const world = new World(options, profileFor(random, options.profile), random);
  let result;
  const abandon = () => {
    world.abandon();
    process.exitCode = 130;
    setTimeout(() => process.exit(), 500);
  };
  process.once('SIGINT', abandon).once('SIGTERM', abandon);
  const overdue = setTimeout(
    () => {
      report('The run did not end in time, and is given up.');
      abandon();
    },
    options.seconds * 1000 + BESIDES_MS_MAX,
  );
  try {
    await world.start();
    report(
      `${options.verifiers} verifiers, ${JSON.stringify(whatThereIs(world))}; files in ${world.directory}`,
    );
    if (options.sabotage) await SABOTAGES[options.sabotage].database?.(world.cluster);
    result = await attack(world, options, report);
    return result;
  } finally {
    clearTimeout(overdue);
    process.off('SIGINT', abandon).off('SIGTERM', abandon);
    const clean = result && result.violations.length === 0 && result.differences.length === 0;
    const keepFiles = !clean && options.sabotage === undefined;
    await world.end(keepFiles);
    if (keepFiles) report(`kept: ${world.directory}`);
  }
}

async function attack(world, options, report) {
  const { history } = world;
  const clients = new Clients(world);
  const startedMs = performance.now();
  const clock = { untilMs: startedMs + options.seconds * 1000 };
  const stopped = { valueOf: () => clock.untilMs };
  const { intervals, finished } = injectFaults(world, stopped);
  const ended = Promise.all([clients.run(stopped), finished]);
  const barren = setTimeout(() => {
    if (history.tokens.length === 0) clock.untilMs = 0;
  }, BEGUN_WITHIN_MS);
  const progress = setInterval(() => {
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    report(`${seconds} s: ${history.length} verifications, ${revocationsOf(history).length} revocations`);
  }, REPORT_EVERY_MS);
  if (options.sabotage) {
    const expected = new Set(SABOTAGES[options.sabotage].finds);
    while (performance.now() < clock.untilMs) {
      await Promise.race([sleep(JUDGE_EVERY_MS), ended]);
      if ((await judge(world, intervals)).some(({ kind }) => expected.has(kind))) clock.untilMs = 0;
    }
  }
  await ended;
  clearInterval(progress);
  clearTimeout(barren);
  if (history.tokens.length === 0) throw new Error('no token could be issued: nothing was attacked');
  const judgement = await judgeAll(world, intervals);
  for (const violation of judgement.violations) violation.under = faultsDuring(violation, intervals);
  const seconds = (performance.now() - startedMs) / 1000;
  if (judgement.violations.length > 0) {
    const evidence = await evidenceOf(world.cluster, history, judgement.violations);
    await writeFile(join(world.directory, 'evidence.json'), JSON.stringify(evidence, null, 2));
  }
  return {
    ...summaryOf(history, intervals, clients.counts, world.children),
    seconds,
    profile: whatThereIs(world),
    ...judgement,
  };
}

function faultsDuring({ startMs, endMs }, intervals) {
  return intervals
    .filter(({ fromMs, untilMs }) => fromMs < endMs && untilMs > startMs)
    .map(({ name, target }) => `${name} of ${target}`);
}

/** The profile, as far as it was to be had here. */
function whatThereIs({ profile, disk, standby, pooler, clocks, workers, children }) {
  const had = {
    disk: disk !== null,
    standby: standby !== null,
    pooler: pooler !== null,
    clocks,
    workers,
    children: children.length,
  };
  return { ...profile, ...had };
}
