// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { Clients } from './clients.mjs';
import { injectFaults } from './faults.mjs';
import { judge, judgeAll } from './judgement.mjs';
import { profileFor } from './profile.mjs';
import { seededRandom } from './random.mjs';
import { revocationsOf, summaryOf } from './report.mjs';
import { SABOTAGES } from './sabotages.mjs';
import { World } from './world.mjs';

const REPORT_EVERY_MS = 10_000;
const JUDGE_EVERY_MS = 2000;

/**
 * One torture run: verifiers, clients and faults for `seconds`, then the judgement. Leaves no process behind, and
 * its directory only if something was found.
 * @param {{seconds: number, seed: number, verifiers: number, leaseMs: number, sabotage?: string, only?: string[], profile?: object}} options
 * `only`: names of faults. With a sabotage it ends as soon as that is found.
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
  try {
    await world.start();
    report(
      `${options.verifiers} verifiers, ${JSON.stringify(whatThereIs(world))}; files in ${world.directory}`,
    );
    if (options.sabotage) await SABOTAGES[options.sabotage].database?.(world.cluster);
    result = await attack(world, options, report);
    return result;
  } finally {
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
  const judgement = await judgeAll(world, intervals);
  for (const violation of judgement.violations) violation.under = faultsDuring(violation, intervals);
  const seconds = (performance.now() - startedMs) / 1000;
  return {
    ...summaryOf(history, intervals, clients.counts),
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
function whatThereIs({ profile, disk, standby, pooler, clocks, workers }) {
  const had = { disk: disk !== null, standby: standby !== null, pooler: pooler !== null, clocks, workers };
  return { ...profile, ...had };
}
