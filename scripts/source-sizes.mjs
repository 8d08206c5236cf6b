// @ts-check
// npm run sizes: lines and files of each folder of src/ beside its budget in scripts/source-budgets.json, and the largest
// modules by their providers. A folder above its budget is a failure, as is one that has none, src/ above the total, and a
// module with more than PROVIDERS_MAX providers. A budget is raised by a commit that says why.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const SOURCES = 'src';
const PROVIDERS_MAX = 25;
/** As many modules are printed. */
const PRINTED = 3;
/** @type {{ total: number, folders: Record<string, number> }} */
const budgets = JSON.parse(readFileSync('scripts/source-budgets.json', 'utf8'));

/** @type {Map<string, { files: number, lines: number }>} */
const sizes = new Map();
/** @type {{ name: string, providers: number }[]} */
const modules = [];
for (const entry of readdirSync(SOURCES, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  // A file of src/ itself is counted by itself.
  const [, folder = ''] = path.split('/');
  const { files, lines } = sizes.get(folder) ?? { files: 0, lines: 0 };
  const source = readFileSync(path, 'utf8');
  sizes.set(folder, { files: files + 1, lines: lines + source.split('\n').length - 1 });
  if (path.endsWith('.module.ts')) modules.push({ name: path, providers: providersOf(source) });
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
  ...modules
    .filter(({ providers }) => providers > PROVIDERS_MAX)
    .map(({ name, providers }) => `${name} has ${providers} providers, of at most ${PROVIDERS_MAX}`),
];

console.log(line('', 'files', 'lines', 'budget'));
for (const { name, files, lines, budget } of [...rows, total])
  console.log(line(name, files, lines, budget ?? 'none'));
for (const { name, providers } of modules.sort((a, b) => b.providers - a.providers).slice(0, PRINTED))
  console.log(`${name}: ${providers} providers of at most ${PROVIDERS_MAX}`);
if (faults.length > 0) {
  console.error(`Of ${SOURCES}/, by scripts/source-budgets.json:\n${faults.join('\n')}`);
  process.exitCode = 1;
}

/** @param {{ name: string, lines: number, budget: number | undefined }} row */
function above({ name, lines, budget }) {
  return `${name} has ${lines} lines, ${lines - Number(budget)} more than its budget`;
}

/**
 * Providers in what `@Module` is given; a constant of the same file counts as what it lists.
 * @param {string} source
 */
function providersOf(source) {
  const file = ts.createSourceFile('module.ts', source, ts.ScriptTarget.Latest);
  /** @type {Map<string, ts.ArrayLiteralExpression>} */
  const lists = new Map();
  let providers = 0;
  visit(file);
  return providers;

  /** @param {ts.Node} node */
  function visit(node) {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined)
      if (ts.isArrayLiteralExpression(node.initializer)) lists.set(node.name.text, node.initializer);
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && node.name.text === 'providers')
      providers += counted(node.initializer);
    else ts.forEachChild(node, visit);
  }

  /** @param {ts.Expression} expression @returns {number} */
  function counted(expression) {
    if (ts.isSpreadElement(expression)) return counted(expression.expression);
    const list = ts.isIdentifier(expression) ? lists.get(expression.text) : expression;
    if (list === undefined || !ts.isArrayLiteralExpression(list)) return 1;
    return list.elements.reduce((sum, each) => sum + counted(each), 0);
  }
}

/** @param {string} name @param {(string | number)[]} columns */
function line(name, ...columns) {
  return [name.padEnd(20), ...columns.map((column) => String(column).padStart(8))].join('');
}
