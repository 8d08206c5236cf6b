// @ts-check
// npm run sizes: lines and files of each folder of src/ beside its budget in scripts/source-budgets.json. A folder above its
// budget is a failure, as is one that has none, and src/ above the total. A budget is raised by a commit that says why.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = 'src';
/** @type {{ total: number, folders: Record<string, number> }} */
const budgets = JSON.parse(readFileSync('scripts/source-budgets.json', 'utf8'));

/** @type {Map<string, { files: number, lines: number }>} */
const sizes = new Map();
for (const entry of readdirSync(SOURCES, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  // A file of src/ itself is counted by itself.
  const [, folder = ''] = path.split('/');
  const { files, lines } = sizes.get(folder) ?? { files: 0, lines: 0 };
  sizes.set(folder, { files: files + 1, lines: lines + linesOf(path) });
}

const rows = [...sizes]
  .sort(([one], [other]) => (one < other ? -1 : 1))
  .map(([name, size]) => ({ name, ...size, budget: budgets.folders[name] }));
const total = {
  name: 'total',
  files: rows.reduce((sum, { files }) => sum + files, 0),
  lines: rows.reduce((sum, { lines }) => sum + lines, 0),
  budget: budgets.total,
};
const faults = [
  ...[...rows, total].filter(({ lines, budget }) => budget !== undefined && lines > budget).map(above),
  ...rows.filter(({ budget }) => budget === undefined).map(({ name }) => `${name} has no budget`),
  ...Object.keys(budgets.folders)
    .filter((name) => !sizes.has(name))
    .map((name) => `${name} has a budget, but no files`),
];

console.log(line('', 'files', 'lines', 'budget'));
for (const { name, files, lines, budget } of [...rows, total])
  console.log(line(name, files, lines, budget ?? 'none'));
if (faults.length > 0) {
  console.error(`Of ${SOURCES}/, by scripts/source-budgets.json:\n${faults.join('\n')}`);
  process.exitCode = 1;
}

/** @param {{ name: string, lines: number, budget: number | undefined }} row */
function above({ name, lines, budget }) {
  return `${name} has ${lines} lines, ${lines - Number(budget)} more than its budget`;
}

/** @param {string} path */
function linesOf(path) {
  return readFileSync(path, 'utf8').split('\n').length - 1;
}

/** @param {string} name @param {(string | number)[]} columns */
function line(name, ...columns) {
  return [name.padEnd(20), ...columns.map((column) => String(column).padStart(8))].join('');
}
