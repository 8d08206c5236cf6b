import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SETTINGS_CHANGED, settingsFor, settingsTable } from '../../../bench/lib/settings.mjs';
import {
  faultsOf,
  figuresWithoutSource,
  sourceOfProof,
  sourceOfResult,
  sourcesOf,
} from '../../../scripts/measured-figures.mjs';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const RESULTS = 'docs/results/';
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
const listed = (...patterns: string[]): string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((page) => page !== '' && existsSync(join(ROOT, page)));
/** A decision and an entry of the changelog are of their day. */
const pages = listed('*.md').filter((page) => page !== 'CHANGELOG.md' && !page.startsWith('docs/adr/'));
const results = listed(`${RESULTS}*.md`, `${RESULTS}*.json`).filter((page) => !page.endsWith('README.md'));

const SOURCE =
  'Measured by `npm run bench -- --only floods` at commit `0123abc` with Node 24.15.0 on 2026-11-24; measures src, bench.';

it.each(pages.filter((page) => !results.includes(page)))('%s gives no figure without its source', (page) => {
  expect(figuresWithoutSource(read(page))).toEqual([]);
  expect(sourcesOf(read(page)).flatMap(faultsOf)).toEqual([]);
});

it('every result says of which command, commit, Node.js, day and folders it is', () => {
  const sources = results.map((page) =>
    (page.endsWith('.json') ? sourceOfProof : sourceOfResult)(read(page)),
  );
  expect(sources.flatMap(faultsOf)).toEqual([]);
});

describe('a figure', () => {
  it.each([
    [
      'a table',
      '| what | measured | aimed at |\n| --- | ---: | ---: |\n| revocations a second | 2,040 | 1,500 |',
    ],
    [
      'a table by its units',
      '| what | before | after |\n| --- | ---: | ---: |\n| mark the token | 18 ms | 0.55 ms |',
    ],
    ['a rate', 'Since then the same part gave 879 to 1,354 revocations a second.'],
    ['a time', 'Inside the process all of this takes 6 µs.'],
    ['a quantile', 'A proof took 6.3 ms at 10 thousand events (p50).'],
    ['memory', 'A process with a million tokens then takes 701 MB under load.'],
    ['a share', 'Noting takes 5 to 22 % fewer verdicts.'],
  ])('in %s needs a source in its section, and one of another section is none', (_, figure) => {
    const there = [expect.stringMatching(/^Here: /) as string];
    expect(figuresWithoutSource(`## Here\n\n${figure}\n`)).toEqual(there);
    expect(figuresWithoutSource(`## Here\n\n${figure}\n\n## There\n\n${SOURCE}\n`)).toEqual(there);
    expect(figuresWithoutSource(`## Here\n\n${figure}\n\n${SOURCE}\n`)).toEqual([]);
  });

  it.each([
    ['a limit', 'A message is at most 16 kB, and 100 ms later it is sent again.'],
    [
      'a setting',
      '| setting | default |\n| --- | --- |\n| `RESCIND_LEASE_MS` | `1000`: answers end after 1,200 ms |',
    ],
    ['an aim', '| what | aim |\n| --- | --- |\n| lease check | 3 µs |'],
    ['code', '```\n6 µs\n```'],
  ])('is not seen in %s', (_, text) => {
    expect(figuresWithoutSource(`## Here\n\n${text}\n`)).toEqual([]);
  });

  it('has a source that is whole, and of a Node.js that is supported', () => {
    expect(sourcesOf(`## Here\n\n${SOURCE}\n`).map(faultsOf)).toEqual([[]]);
    const [none] = sourcesOf('Measured by hand.\n');
    expect(faultsOf(none!)).toEqual([
      ...['command', 'commit', 'node', 'day'].map((name) => `does not say its ${name}`),
      'does not say which folders it measures',
    ]);
    expect(sourcesOf(SOURCE.replace('24.15.0', '20.20.2')).flatMap(faultsOf)).toEqual([
      'is of Node 20.20.2, which is not supported',
    ]);
  });
});

it('a result of before commits were named, or of a tree with changes, is none', () => {
  const row = (name: string, value: string): string => `| ${name} | ${value} |`;
  const page = ['Made by `npm run bench`.', row('Node.js, V8', 'v24.15.0, 13.6'), row('day', '2026-11-21')];
  expect(faultsOf(sourceOfResult(page.join('\n')))).toEqual([
    'does not say its commit',
    'does not say which folders it measures',
  ]);
  const whole = [...page, row('commit', '0123abc'), row('measures', 'src, bench')];
  expect(faultsOf(sourceOfResult(whole.join('\n')))).toEqual([]);
  const changed = whole.join('\n').replace('0123abc', '0123abc, with changes');
  expect(faultsOf(sourceOfResult(changed))).toEqual(['is of no commit: 0123abc, with changes']);
});

it('`npm run results` names a figure whose folders have changed since, and with --refuse fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rescind-figures-'));
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder, encoding: 'utf8' }).trim(); // prettier-ignore
  const told = (): { status: number | null; stdout: string } =>
    spawnSync(process.execPath, [join(ROOT, 'scripts/stale-results.mjs'), '--refuse'], { cwd: folder, encoding: 'utf8' }); // prettier-ignore
  const commit = (file: string, text: string): string => {
    writeFileSync(join(folder, file), text);
    git('add', '--all');
    git('commit', '--quiet', '--message', file);
    return git('rev-parse', '--short=7', 'HEAD');
  };
  try {
    git('init', '--quiet');
    mkdirSync(join(folder, 'src'));
    const measured = commit('src/code', '1');
    commit('README.md', `## Measured\n\n6 µs.\n\n${SOURCE.replace('0123abc', measured)}\n`);
    expect(told()).toMatchObject({ status: 0, stdout: '' });
    commit('src/code', '2');
    const stale = `README.md is of ${measured}: 1 commits to src, bench are newer\n`;
    expect(told()).toMatchObject({ status: 1, stdout: stale });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('the settings that measurements change', () => {
  const sources = readdirSync(join(ROOT, 'bench'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.mjs') && !file.includes('node_modules') && file !== 'lib/settings.mjs')
    .map((file) => read(join('bench', file)));
  /** Secrets, addresses and folders, which have no default, and what is measured itself. */
  const GIVEN = [
    'PEPPER',
    'SIGNING_KEY',
    'BOOTSTRAP_TOKEN',
    'DATA_DIR',
    'MIGRATE_URL',
    'AUDIT_SINKS',
    'BENCH_CREDENTIAL',
  ];

  it('are given from their list alone', () => {
    const named = sources.flatMap((text) =>
      [...text.matchAll(/\bRESCIND_([A-Z_]+): /g)].map(([, name]) => name),
    );
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((name) => !GIVEN.includes(name!))).toEqual([]);
  });

  it('are no defaults, and docs/performance.md names each with its reason', () => {
    for (const { name, value, why } of SETTINGS_CHANGED) {
      const [, fallback] =
        new RegExp(`^\\| \`${name}\` +\\| \`?([^\`|]+)\`? +\\|`, 'm').exec(read('README.md')) ?? [];
      expect(fallback).toEqual(expect.any(String));
      expect(fallback).not.toBe(value);
      expect(read('docs/performance.md')).toContain(`\`${name}=${value}\``);
      expect(why.length).toBeGreaterThan(10);
    }
  });

  it('are named by each result, for its parts', () => {
    expect(settingsTable(['floods'])).toContain('`RESCIND_AUDIT_SAMPLE_ROWS=0`');
    expect(Object.keys(settingsFor('floods'))).toEqual(['RESCIND_AUDIT_SAMPLE_ROWS']);
    expect(settingsTable(['startUp'])).toBe('Every setting of the service has its default.');
    expect(settingsFor('verification')).not.toHaveProperty('RESCIND_WORKERS');
    expect(settingsTable(['verification'])).toContain('`RESCIND_WORKERS=2`');
  });
});
