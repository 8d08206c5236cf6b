import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { readme, ROOT } from './readme.js';

const VARIABLE = /'(RESCIND_[A-Z_]+|DATABASE_URL|HOST|PORT)'/g;

it('the table of settings in README.md names every environment variable that is read, and no other', () => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const read = new Set(
    sources.flatMap((name) =>
      [...readFileSync(join(ROOT, 'src', name), 'utf8').matchAll(VARIABLE)].map(([, variable]) => variable),
    ),
  );
  const table = readme().slice(readme().indexOf('## Settings'));
  const rows = table.split('\n').filter((line) => /^\| `/.test(line));
  const documented = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, variable]) => variable),
  );
  expect(documented.toSorted()).toEqual([...read].toSorted());
});
