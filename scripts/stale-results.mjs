// Names the pages and numbers under docs/results that are older than what they measure or prove: each says its commit, and the
// folders whose changes make it old. With --refuse, as before a release, one of them is a failure.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join('docs', 'results');

const stale = readdirSync(FOLDER)
  .filter((file) => /\.(md|json)$/.test(file))
  .flatMap((file) => {
    const why = whyStale(readFileSync(join(FOLDER, file), 'utf8'), file.endsWith('.json'));
    return why === null ? [] : [`${join(FOLDER, file)} ${why}`];
  });
for (const each of stale) console.log(each);
if (stale.length > 0 && process.argv.includes('--refuse')) process.exitCode = 1;

/**
 * @param {string} text
 * @param {boolean} isJson
 */
function whyStale(text, isJson) {
  const { commit, folders } = isJson ? ofJson(text) : ofPage(text);
  if (commit === undefined) return 'does not say of which commit it is';
  let later;
  try {
    later = git('log', '--format=%h', `${commit}..HEAD`, '--', ...folders)
      .split('\n')
      .filter(Boolean).length;
  } catch {
    return `is of ${commit.slice(0, 7)}, which this history does not have`;
  }
  return later === 0
    ? null
    : `is of ${commit.slice(0, 7)}: ${later} commits to ${folders.join(', ')} are newer`;
}

/** @param {string} text */
function ofJson(text) {
  const { commit, proves } = JSON.parse(text);
  return { commit, folders: proves };
}

/** @param {string} text the table of what it was taken on (bench/lib/report.mjs) */
function ofPage(text) {
  const cell = (name) => new RegExp(`^\\| ${name} +\\| +(.+?) +\\|$`, 'm').exec(text)?.[1];
  return { commit: cell('commit'), folders: cell('measures')?.split(', ') ?? [] };
}

/** @param {string[]} args */
function git(...args) {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}
