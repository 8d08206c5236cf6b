import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdir, open, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runNpm } from './supported-node.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const CONSOLE = ['packages', 'console'];
const WITNESS = ['packages', 'witness'];
const SOURCES = [
  'src',
  'pages',
  ...['src', 'index.html', 'build.mjs', 'vite.config.mjs', 'verifies-in-browser.mjs'].map((name) =>
    join(...CONSOLE, name),
  ),
  join(...WITNESS),
  'nest-cli.json',
  'tsconfig.json',
  'package.json',
];
/** What else npm needs to install whatever builds it. */
const MANIFESTS = [
  'package-lock.json',
  '.npmrc',
  join(...CONSOLE, 'package.json'),
  join(...CONSOLE, 'tsconfig.json'),
];
const COMPILER = join(ROOT, 'node_modules', '@nestjs', 'cli');
const PAGE = ['pages', 'audit-verify'];
const DIST = join(ROOT, 'dist');
/** Written last, with the time at which its build began: sources changed meanwhile count as newer. */
const STAMP = join(DIST, '.built');
const SCRATCH = join(ROOT, '.tmp');
const LOCK = join(SCRATCH, 'build.lock');

/**
 * Builds `dist` if it is missing or older than its sources; where the compiler is not installed (`npm ci --omit=dev`), in a
 * folder of its own, which is removed. Each build is made in a directory of its own and
 * renamed when complete, so that processes that start together never run half of one.
 * @throws Error with one sentence; the compiler's own errors have been shown.
 */
export async function buildIfNeeded() {
  if (!existsSync(join(ROOT, 'src'))) return demandBuilt();
  if (isBuilt()) return;
  await mkdir(SCRATCH, { recursive: true });
  await takeLock();
  try {
    if (!isBuilt()) await build();
  } finally {
    await rm(LOCK, { force: true });
  }
}

/** `npm pack` builds nothing where scripts are ignored, as they are in a checkout. */
function demandBuilt() {
  if (existsSync(join(DIST, 'cli', 'cli.js'))) return;
  throw new Error(
    'This package of Rescind was packed without its build: pack it again with `npm pack --ignore-scripts=false`.',
  );
}

function isBuilt() {
  const built = [STAMP, join(DIST, 'main.js')].find(existsSync);
  return (
    built !== undefined &&
    statSync(built).mtimeMs >= Math.max(...SOURCES.map((name) => newest(join(ROOT, name))))
  );
}

/** Directories count too: a file that was removed leaves its mark there. */
function newest(path) {
  const { mtimeMs } = statSync(path);
  const entries = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }) : [];
  return Math.max(mtimeMs, ...entries.map((name) => statSync(join(path, name)).mtimeMs));
}

async function build() {
  const begun = new Date();
  const draft = join(SCRATCH, `dist-${process.pid}`);
  const config = join(SCRATCH, `tsconfig-${process.pid}.json`);
  const outdated = join(SCRATCH, `outdated-${process.pid}`);
  console.error('Building Rescind (only after a change of its sources)…');
  try {
    await removeLeftovers();
    if (existsSync(COMPILER)) {
      await writeFile(
        config,
        JSON.stringify({ extends: '../tsconfig.json', compilerOptions: { outDir: draft } }),
      );
      await compile(config);
      await buildPage(draft);
      await buildConsolePage(draft);
      await buildWitnessProgram(draft);
    } else await buildApart(draft);
    await writeFile(join(draft, '.built'), '');
    await utimes(join(draft, '.built'), begun, begun);
    if (existsSync(DIST)) await rename(DIST, outdated);
    await rename(draft, DIST);
  } finally {
    await Promise.all([draft, config, outdated].map((path) => rm(path, { recursive: true, force: true })));
  }
}

/** @throws Error with one sentence when what builds it cannot be fetched, or does not build it. */
async function buildApart(draft) {
  const apart = join(SCRATCH, `apart-${process.pid}`);
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const demand = (failure, sentence) => {
    if (stopped.signal.aborted) throw new Error('The build was stopped.');
    if (failure !== null) throw new Error(sentence);
  };
  console.error('What builds Rescind is not installed: fetching it from npm, for this build alone…');
  try {
    for (const name of [...SOURCES, ...MANIFESTS])
      await cp(join(ROOT, name), join(apart, name), { recursive: true });
    const { signal } = stopped;
    const missing = await runNpm(apart, ['ci', '--include=dev'], { signal });
    demand(
      missing,
      `Rescind has to be built, and npm could not fetch what builds it (${missing}): run \`npm ci\` without --omit=dev, or let npm reach its registry, and start again.`,
    );
    // Its output to stderr: stdout belongs to the command that runs next.
    const failure = await runNpm(apart, ['run', 'build'], { signal, out: 2 });
    demand(failure, `Rescind could not be built (${failure}).`);
    await rename(join(apart, 'dist'), draft);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await rm(apart, { recursive: true, force: true });
  }
}

async function buildPage(draft) {
  const { buildAuditVerifyPage } = await import(pathToFileURL(join(ROOT, ...PAGE, 'build.mjs')));
  await buildAuditVerifyPage(join(draft, ...PAGE));
}

async function buildConsolePage(draft) {
  const { buildConsole } = await import(pathToFileURL(join(ROOT, ...CONSOLE, 'build.mjs')));
  await buildConsole(join(draft, 'pages', 'console'));
}

async function buildWitnessProgram(draft) {
  const { buildWitness } = await import(pathToFileURL(join(ROOT, ...WITNESS, 'build.mjs')));
  await buildWitness(join(draft, 'witness'));
}

/** What killed builds left behind. */
async function removeLeftovers() {
  const names = readdirSync(SCRATCH).filter((name) => {
    const pid = /^(?:dist|outdated|tsconfig|apart)-(\d+)/.exec(name)?.[1];
    return pid && !isRunning(Number(pid));
  });
  await Promise.all(names.map((name) => rm(join(SCRATCH, name), { recursive: true, force: true })));
}

function compile(config) {
  const nest = join(ROOT, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  return new Promise((resolve, reject) => {
    // Everything to stderr: stdout belongs to the command that runs next. On a signal it ends with us.
    const child = spawn(process.execPath, [nest, 'build', '--path', relative(ROOT, config)], {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
    });
    let stopped = false;
    const stop = (signal) => (stopped = child.kill(signal));
    process.once('SIGINT', stop).once('SIGTERM', stop);
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      if (code === 0 && !stopped) resolve();
      else if (stopped) reject(new Error('The build was stopped.'));
      else reject(new Error('Rescind could not be built: mend what the compiler reports above.'));
    });
  });
}

/** Saves a second compilation at the same time; correctness rests on the rename. */
async function takeLock() {
  for (;;) {
    try {
      const handle = await open(LOCK, 'wx');
      await handle.writeFile(String(process.pid));
      return await handle.close();
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isRunning(Number(readOwner()))) await rm(LOCK, { force: true });
    await delay(100);
  }
}

function readOwner() {
  try {
    return readFileSync(LOCK, 'utf8');
  } catch {
    return '';
  }
}

/** An empty file is one that its owner is about to fill, or died over: it counts as held while it is fresh. */
function isRunning(pid) {
  if (!pid) return existsSync(LOCK) && Date.now() - statSync(LOCK).mtimeMs < 5000;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
