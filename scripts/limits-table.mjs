// @ts-check
/**
 * npm run limits: writes the table of limits in docs/operations.md from the list in src/admission/limits.ts.
 * With --check it writes nothing and fails when the table is not current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const PAGE = join(ROOT, 'docs/operations.md');
const BEGIN = '<!-- limits: written by npm run limits -->';
const END = '<!-- end of limits -->';

/** @typedef {number | { says: string }} Amount */
/**
 * @typedef {{ kind: string, what: string, by: string, most: Amount, windowSeconds: number, over?: string, atOnce: Amount,
 *   atOncePerKey: Amount, waitingPerKeyMax?: number, waitMsMax?: Amount }} Limit
 */

const { outputFiles } = buildSync({
  entryPoints: [join(ROOT, 'src/admission/limits.ts')],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
});
const source = Buffer.from(/** @type {{ text: string }} */ (outputFiles[0]).text).toString('base64');
/** @type {{ LIMITS: Record<string, Limit> }} */
const { LIMITS } = await import(`data:text/javascript;base64,${source}`);

let named = '';
const rows = Object.entries(LIMITS).map(([name, limit]) => {
  const bounded = limit.what.replace('the same', named);
  if (!limit.what.startsWith('the same')) named = limit.what;
  return `| \`${name}\` | ${bounded} | ${limit.by} | ${muchOf(limit)} | ${refusalOf(limit)} |`;
});
const table = [
  '| limit | what is bounded | by | how much | beyond that |',
  '| --- | --- | --- | --- | --- |',
  ...rows,
];

const page = readFileSync(PAGE, 'utf8');
const [before = '', rest = ''] = page.split(BEGIN);
const after = rest.split(END)[1] ?? '';
const current = `${before}${BEGIN}\n\n${table.join('\n')}\n\n${END}${after}`;
/** Prettier aligns the columns; that is no difference. @param {string} text */
const squeezed = (text) => text.replaceAll(/[ -]+/g, ' ');
if (process.argv.includes('--check')) {
  if (squeezed(current) !== squeezed(page)) {
    console.error(
      'The table of limits in docs/operations.md is not current: run npm run limits, and format it.',
    );
    process.exitCode = 1;
  }
} else writeFileSync(PAGE, current);

/** @param {Limit} limit */
function muchOf({ kind, most, windowSeconds, atOnce, atOncePerKey }) {
  if (kind === 'rate') return `${said(most)} a ${windowSeconds === 60 ? 'minute' : 'second'}`;
  if (kind === 'places') return `${said(most)} at once`;
  const all = atOnce === Infinity ? '' : `${said(atOnce)} at once`;
  return atOnce === atOncePerKey ? all : [all, `${said(atOncePerKey)} of each`].filter(Boolean).join(', ');
}

/** @param {Limit} limit */
function refusalOf({ kind, over, waitingPerKeyMax, waitMsMax }) {
  if (kind !== 'turns') return over ?? '429 `request.rate_limited`';
  const tooMany = waitingPerKeyMax && `429 \`request.rate_limited\` when ${waitingPerKeyMax} of it wait`;
  const seconds = typeof waitMsMax === 'number' ? `${waitMsMax / 1000} s` : waitMsMax?.says;
  const tooLate = seconds && `503 \`service.unavailable\` after ${seconds}`;
  return ['waits for its turn', tooMany, tooLate].filter(Boolean).join('; ');
}

/** @param {Amount} amount */
function said(amount) {
  return typeof amount === 'number' ? amount : amount.says;
}
