// @ts-check
import { isSupported } from '../bin/supported-node.mjs';

/**
 * Where figures come from: the line under them, or what a result says of itself.
 * @typedef {{command?: string, commit?: string, node?: string, day?: string, folders: string[]}} Source
 */

/** The line under figures on a page. */
const LINE = /^Measured by .+$/gm;
const TITLE = /^#{1,6} .*$/m;
const NUMBER = String.raw`\d[\d,.]*`;
/** What is said of measurements alone: limits, lifetimes and settings are given in other units, or without such words. */
const FIGURES = [
  new RegExp(String.raw`${NUMBER} ?(?:µs|ns)\b`),
  new RegExp(String.raw`\bp(?:50|95|99)\b[^|.;]{0,60}?${NUMBER} ?(?:ms|s|µs)\b`),
  new RegExp(String.raw`${NUMBER} ?(?:ms|s)\b[^|.;]{0,60}\bp(?:50|95|99)\b`),
  new RegExp(
    String.raw`${NUMBER}\W{0,4}(?:[a-z]+ )?(?:revocations|verifications|verdicts|answers|lists|searches|events) a second\b`,
  ),
  new RegExp(
    String.raw`${NUMBER} ?(?:% (?:fewer|more|less|of (?:a|the|its) (?:core|profile|time))|times as (?:long|many|much))`,
  ),
  new RegExp(String.raw`${NUMBER} ?[kMG]B (?:of (?:resident|live)|under load|at rest|resident)`),
];
/** A cell in the first row of a table of measurements. */
const MEASURED =
  /\b(?:measured|median|p50|p95|p99|a second|CPU|ratio|µs|ns)\b|÷|answers\/s|^(?:before|after|now)$/i;
/** What is to be reached says nothing of what is. */
const AIM = /^(?:aim|aimed at|to reach)$/;

/**
 * The figures on a page that stand in a section without a line that says where they are from.
 * @param {string} text Markdown
 * @returns {string[]} the section and the line of each
 */
export function figuresWithoutSource(text) {
  return sectionsOf(text).flatMap(({ title, body }) => {
    if (body.search(LINE) !== -1) return [];
    return body
      .split(/\n{2,}|\n(?=[^|])(?<=\|\n)/)
      .flatMap((block) =>
        /^\|.*\n\|[\s:|-]+\|$/m.test(block) ? figuresOfTable(block) : figuresIn(block.split('\n')),
      )
      .map((line) => `${title}: ${line.trim()}`);
  });
}

/** @param {readonly string[]} lines */
function figuresIn(lines) {
  return lines.filter((line) => FIGURES.some((figure) => figure.test(line)));
}

/** @param {string} table */
function figuresOfTable(table) {
  const [head = '', , ...rows] = table.trim().split('\n');
  const cells = head.split('|').map((cell) => cell.trim());
  if (cells.some((cell) => MEASURED.test(cell)) && rows.some((row) => /\|\W*\d/.test(row))) return [head];
  return cells.some((cell) => AIM.test(cell)) ? [] : figuresIn(rows);
}

/** Without blocks of code. @param {string} text */
function proseOf(text) {
  return text.replaceAll(/^ *```[^]*?^ *```/gm, '');
}

/** @param {string} text @returns {{title: string, body: string}[]} */
function sectionsOf(text) {
  return proseOf(text)
    .split(/^(?=#{1,6} )/m)
    .map((section) => {
      const title = TITLE.exec(section)?.[0] ?? '';
      return { title: title.replace(/^#+ /, ''), body: section.slice(title.length) };
    });
}

/**
 * The sources that a page names, by lines such as "Measured by `npm run bench` at commit `0123abc` with Node 24.15.0 on 2026-11-24;
 * measures src, bench." @param {string} text
 * @returns {Source[]}
 */
export function sourcesOf(text) {
  return [...proseOf(text).matchAll(LINE)].map(([line]) => ({
    command: /^Measured by `([^`]+)`/.exec(line)?.[1],
    commit: / at commit `([0-9a-f]{7,40})`/.exec(line)?.[1],
    node: / with Node v?(\d+\.\d+\.\d+)/.exec(line)?.[1],
    day: / on (\d{4}-\d\d-\d\d)/.exec(line)?.[1],
    folders: /; measures ([^.]+)\./.exec(line)?.[1]?.split(', ') ?? [],
  }));
}

/** The source of a page under docs/results (bench/lib/report.mjs). @param {string} text @returns {Source} */
export function sourceOfResult(text) {
  /** @param {string} name */
  const cell = (name) => new RegExp(String.raw`^\| ${name} +\| +(.+?) +\|$`, 'm').exec(text)?.[1];
  return {
    command: /^Made by `([^`]+)`/m.exec(text)?.[1],
    commit: cell('commit'),
    node: /^v(\S+),/.exec(cell('Node.js, V8') ?? '')?.[1],
    day: cell('day'),
    folders: cell('measures')?.split(', ') ?? [],
  };
}

/** The source of one of scripts/nightly.mjs. @param {string} text JSON @returns {Source} */
export function sourceOfProof(text) {
  const { command, commit, node, day, proves } = JSON.parse(text);
  return { command, commit, node: node?.replace(/^v/, ''), day, folders: proves ?? [] };
}

/** What a source does not say, or what nobody may rest on. @param {Source} source @returns {string[]} */
export function faultsOf({ command, commit, node, day, folders }) {
  const missing = Object.entries({ command, commit, node, day })
    .filter(([, value]) => value === undefined)
    .map(([name]) => `does not say its ${name}`);
  if (folders.length === 0) missing.push('does not say which folders it measures');
  if (commit !== undefined && !/^[0-9a-f]{7,40}$/.test(commit)) missing.push(`is of no commit: ${commit}`);
  if (node !== undefined && !isSupported(node)) missing.push(`is of Node ${node}, which is not supported`);
  return missing;
}
