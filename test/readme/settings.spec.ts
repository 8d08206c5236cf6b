import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { SETTINGS } from '../../src/config/known-settings.js';
import { readme, ROOT } from './readme.js';

const VARIABLE = /'(RESCIND_[A-Z_]+|DATABASE_URL|HOST|PORT)'/g;

it('the table of settings in README.md names every environment variable that is read, and no other', () => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('known-settings.ts'),
  );
  const read = new Set(
    sources.flatMap((name) =>
      [...readFileSync(join(ROOT, 'src', name), 'utf8').matchAll(VARIABLE)].map(([, variable]) => variable),
    ),
  );
  expect(documented().toSorted()).toEqual([...read].toSorted());
  const ownKnown = documented().filter((name) => name.startsWith('RESCIND_'));
  expect([...SETTINGS]).toEqual(ownKnown.toSorted());
});

it('docker-compose.yml passes every one of them on, but for those that a container has no use for', () => {
  const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const service = compose.slice(compose.indexOf('\n  rescind:'), compose.indexOf('\n  migrate:'));
  // Inside it listens on 0.0.0.0:3000, of which PORT is published; the image carries no embedded database; and the
  // schema's owner is known to the migration alone. Commands that call the API run elsewhere.
  const inside = ['HOST', 'PORT', 'RESCIND_DATA_DIR', 'RESCIND_MIGRATE_URL', 'RESCIND_MIGRATE_PASSWORD'];
  inside.push('RESCIND_API_TOKEN', 'RESCIND_API_URL');
  const passed = [...service.matchAll(/^ {6}([A-Z_]+): (?:&[\w-]+ )?'(.*)'$/gm)].map(
    ([, name = '', value = '']) => {
      if (name !== 'DATABASE_URL') expect(value).toMatch(/^\$\{RESCIND_[A-Z_]+:[-?].*\}$/);
      return name;
    },
  );
  const wanted = documented().filter((name) => !inside.includes(name));
  expect(passed.toSorted()).toEqual(wanted.toSorted());
});

/** The variables of the table in README.md. */
function documented(): string[] {
  const table = readme().slice(readme().indexOf('## Settings'));
  const rows = table.split('\n').filter((line) => /^\| `/.test(line));
  return rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, variable = '']) => variable),
  );
}
