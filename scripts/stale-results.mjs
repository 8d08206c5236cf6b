// @ts-check
// Names the figures and results that are older than what they measure or prove, and those that do not say of what they are: each
// names its command, commit, Node.js and day, and the folders whose changes make it old. With --refuse, as before a release, one
// of them is a failure.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { faultsOf, sourceOfProof, sourceOfResult, sourcesOf } from './measured-figures.mjs';

const RESULTS = 'docs/results/';

const pages = git('ls-files', '--cached', '--others', '--exclude-standard', '*.md', `${RESULTS}*.json`).split(
  '\n',
);
const told = pages
  .filter((page) => existsSync(page))
  .flatMap((page) => {
    const text = readFileSync(page, 'utf8');
    if (page === `${RESULTS}README.md`) return [];
    if (page.endsWith('.json')) return withPage(page, [sourceOfProof(text)]);
    return withPage(page, page.startsWith(RESULTS) ? [sourceOfResult(text)] : sourcesOf(text));
  });
for (const each of told) console.log(each);
if (told.length > 0 && process.argv.includes('--refuse')) process.exitCode = 1;

/** @param {string} page @param {import('./measured-figures.mjs').Source[]} sources */
function withPage(page, sources) {
  return sources.flatMap((source) => {
    const faults = faultsOf(source);
    return (faults.length > 0 ? faults : staleness(source)).map((why) => `${page} ${why}`);
  });
}

/** @param {import('./measured-figures.mjs').Source} source @returns {string[]} */
function staleness({ commit = '', folders }) {
  try {
    const later = git('log', '--format=%h', `${commit}..HEAD`, '--', ...folders)
      .split('\n')
      .filter(Boolean);
    if (later.length === 0) return [];
    return [`is of ${commit.slice(0, 7)}: ${later.length} commits to ${folders.join(', ')} are newer`];
  } catch {
    return [`is of ${commit.slice(0, 7)}, which this history does not have`];
  }
}

/** @param {string[]} args */
function git(...args) {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
