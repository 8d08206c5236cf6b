/**
 * Writes the table of actions in docs/audit.md from the closed union in src/log-format/audit-action.ts.
 * With --check it writes nothing and fails when the table is not current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'src/log-format/audit-action.ts');
const PAGE = join(ROOT, 'docs/audit.md');
const BEGIN = '<!-- actions: written by scripts/audit-table.mjs -->';
const END = '<!-- end of actions -->';

// With types, since labels are declared in src/token-schema/.
const program = ts.createProgram([SOURCE], { strict: true, module: ts.ModuleKind.NodeNext, types: ['node'] });
const source = program.getSourceFile(SOURCE);
const checker = program.getTypeChecker();
const union = source.statements.find((each) => each.name?.text === 'AuditDetailsByAction');
const rows = union.members.map((action) => {
  const fields = checker
    .getTypeAtLocation(action.type)
    .getProperties()
    .map((field) => {
      const { type } = field.valueDeclaration ?? {};
      const isOptional = (field.flags & ts.SymbolFlags.Optional) !== 0;
      const said = checker.typeToString(checker.getTypeOfSymbol(field)).replace(/ \| undefined$/, '');
      return `\`${field.name}\` ${isOptional ? 'optional ' : ''}${type?.getSourceFile() === source ? type.getText(source) : said}`;
    });
  return `| \`${action.name.text}\` | ${fields.join(', ').replaceAll('|', 'or') || 'none'} |`;
});
const table = ['| action | details |', '| --- | --- |', ...rows].join('\n');

const page = readFileSync(PAGE, 'utf8');
const [before, rest] = page.split(BEGIN);
const after = rest.split(END)[1];
const current = `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
/** Prettier aligns the columns; that is no difference. */
const squeezed = (text) => text.replaceAll(/[ -]+/g, ' ');
if (process.argv.includes('--check')) {
  if (squeezed(current) !== squeezed(page)) {
    console.error('The table of actions in docs/audit.md is not current: run node scripts/audit-table.mjs');
    process.exit(1);
  }
} else writeFileSync(PAGE, current);
