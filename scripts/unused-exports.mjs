// npm run exports: no file exports what only it uses itself.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

const CHECKED = /^(src|packages\/[^/]+\/src|pages|test|bench)\/.*\.tsx?$/;
/** Others load them: programs outside the repository, and the bundler, which puts one in the place of another file. */
const LOADED_BY_OTHERS = [
  /^packages\/verifier\/src\/(index|express|fastify|hono|nest)\.ts$/,
  /^packages\/console\/src\/api\/generated\//,
  /^pages\/audit-verify\/src\/platform\.ts$/,
  /\.d\.ts$/,
];
/** They load what is built, by names that nobody can follow: a name is used if it occurs in one of them. */
const PROGRAMS = /\.(mjs|cjs|js|html)$|^ormconfig\.ts$|\.config\.ts$/;

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
}).split('\n');
const sources = new Map(
  files
    .filter((file) => CHECKED.test(file))
    .map((file) => [
      file,
      ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true),
    ]),
);
const words = new Set(
  files
    .filter((file) => PROGRAMS.test(file))
    .flatMap((file) => readFileSync(file, 'utf8').match(/[A-Za-z_$][\w$]*/g) ?? []),
);
/** What other files take from each; `*` for the file as a whole. */
const taken = new Map([...sources.keys()].map((file) => [file, new Set()]));

for (const [file, source] of sources) noteTaken(file, source);
const unused = [...sources].flatMap(([file, source]) =>
  exportsOf(source)
    .filter((name) => !isUsed(file, name))
    .map((name) => `${file}: ${name}`),
);
if (unused.length > 0) {
  console.error(`Exported, and used in no other file:\n${unused.join('\n')}`);
  process.exitCode = 1;
}

function isUsed(file, name) {
  const names = taken.get(file);
  return (
    names.has(name) || names.has('*') || words.has(name) || LOADED_BY_OTHERS.some((each) => each.test(file))
  );
}

function noteTaken(file, node) {
  const module = node.moduleSpecifier ?? node.argument?.literal ?? node.arguments?.[0];
  const names = module && ts.isStringLiteral(module) ? taken.get(sourceOf(file, module.text)) : undefined;
  if (names !== undefined) for (const name of namesTaken(node)) names.add(name);
  ts.forEachChild(node, (child) => noteTaken(file, child));
}

/** The file that a module name stands for; undefined: none of those checked. */
function sourceOf(file, name) {
  if (!name.startsWith('.')) return undefined;
  const path = normalize(join(dirname(file), name)).replace(/\.js$/, '');
  return [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`, `${path}/index.tsx`].find((each) =>
    sources.has(each),
  );
}

function namesTaken(node) {
  const bindings = node.importClause?.namedBindings ?? node.exportClause;
  const named = bindings?.elements?.map(({ propertyName, name }) => (propertyName ?? name).text);
  if (named !== undefined || node.importClause?.name !== undefined)
    return [...(named ?? []), ...(node.importClause?.name === undefined ? [] : ['default'])];
  if (ts.isImportTypeNode(node) && node.qualifier !== undefined)
    return [node.qualifier.getText().split('.')[0]];
  // An import for its effects takes no name; everything else takes the file as a whole.
  return ts.isImportDeclaration(node) && node.importClause === undefined ? [] : ['*'];
}

function exportsOf(source) {
  return source.statements.flatMap((statement) => {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    const has = (kind) => modifiers.some((modifier) => modifier.kind === kind);
    if (!has(ts.SyntaxKind.ExportKeyword)) return [];
    if (has(ts.SyntaxKind.DefaultKeyword)) return ['default'];
    const declared = statement.declarationList?.declarations ?? [statement];
    return declared.flatMap(({ name }) => name.elements?.map((each) => each.name.text) ?? [name.text]);
  });
}
