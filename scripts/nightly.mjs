// npm run test:nightly [-- PART…]: what takes longer than a run before each landing, each part at most 45 minutes. Writes
// docs/results/nightly-PART.json: what was run on which commit, for how long, and what failed. No result of a tree with changes.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIMIT_MS = 45 * 60_000;

/** Each part: a suite of `npm run`, what it is told, the files that are run, and the folders whose changes make its result old. */
const PARTS = {
  torture: {
    suite: 'test:torture',
    env: { TORTURE_SABOTAGES: 'all' },
    proves: ['src', 'packages/verifier', 'test/guarantees/torture'],
  },
  accuser: {
    suite: 'test:guarantees',
    files: ['test/guarantees/accuser.spec.ts'],
    env: {
      ACCUSER_SEED: String(Math.floor(Date.now() / 86_400_000)),
      ACCUSER_SUCCESSES: '20',
    },
    proves: ['src', 'test/guarantees/accuser', 'test/guarantees/accuser.spec.ts', 'test/e2e/audit-events'],
  },
  crashes: {
    suite: 'test:guarantees',
    files: ['test/guarantees/restores/crashes.spec.ts'],
    env: { CRASHES: '100' },
    proves: ['src', 'test/guarantees/restores'],
  },
  failover: {
    suite: 'test:failover',
    env: { FAILOVERS: 'long' },
    proves: ['src', 'packages/verifier', 'deploy/patroni', 'test/failover', 'test/guarantees/torture'],
  },
  model: { suite: 'test:model', env: { MODEL: 'large' }, proves: ['spec', 'test/model'] },
  upgrade: { suite: 'test:upgrade', env: { UPGRADE_FROM: 'ef3b2cb' }, proves: ['src', 'test/upgrade'] },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((part) => !(part in PARTS));
if (unknown.length > 0) fail(`There is no part ${unknown.join(', ')}: ${Object.keys(PARTS).join(', ')}.`);
if (git('status', '--porcelain') !== '') fail('The tree has changes: a result would be of no commit.');

const failed = (asked.length === 0 ? Object.keys(PARTS) : asked).filter((part) => !run(part, PARTS[part]));
if (failed.length > 0) fail(`Failed: ${failed.join(', ')}.`);

/**
 * @param {string} part
 * @param {{suite: string, files?: string[], env: Record<string, string>, proves: string[]}} what
 * @returns {boolean} whether nothing failed
 */
function run(part, { suite, files = [], env, proves }) {
  const folder = mkdtempSync(join(tmpdir(), 'rescind-nightly-'));
  const report = join(folder, 'report.json');
  const paths = files.length === 0 ? [] : ['--runTestsByPath', ...files];
  const begun = performance.now();
  const { status } = spawnSync(
    'npm',
    ['run', '-s', suite, '--', '--json', `--outputFile=${report}`, ...paths],
    {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: LIMIT_MS,
    },
  );
  const minutes = Number(((performance.now() - begun) / 60_000).toFixed(1));
  const { numPassedTests: passed = 0, testResults = [] } = readReport(report);
  const failures = testResults.flatMap(({ name, message, assertionResults }) => {
    const tests = assertionResults.filter((each) => each.status === 'failed').map(({ fullName }) => fullName);
    return tests.length === 0 && message !== '' ? [name.split('/').pop()] : tests;
  });
  if (status !== 0 && failures.length === 0)
    failures.push(`ended with ${status ?? 'a signal, after 45 minutes'}`);
  rmSync(folder, { recursive: true });
  const result = {
    ...{
      command: `npm run test:nightly -- ${part}`,
      commit: git('rev-parse', 'HEAD'),
      day: new Date().toISOString().slice(0, 10),
    },
    ...{ node: process.version, settings: env, minutes, passed, failed: failures.length, failures, proves },
  };
  writeFileSync(join('docs', 'results', `nightly-${part}.json`), `${JSON.stringify(result, null, 2)}\n`);
  console.log(`${part}: ${passed} passed, ${failures.length} failed in ${minutes} minutes`);
  return failures.length === 0;
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}

/** @param {string[]} args */
function git(...args) {
  return execFileSync('git', args, { encoding: 'utf8' }).trim();
}

/** @param {string} why */
function fail(why) {
  console.error(why);
  process.exit(1);
}
