import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** Its packages are installed where it is measured, and nowhere else. */
const UNCHECKED = ['peers/better-auth.mjs'];

interface TypeScriptProject {
  include: string[];
  exclude?: string[];
}

describe.each([
  ['bench', '**/*.mjs'],
  ['test/guarantees/torture', '*.mjs'],
])('the programs of %s', (folder, pattern) => {
  const programs = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.mjs') && !file.includes('node_modules'),
  );

  it('are checked by npm run types', () => {
    const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
    const { scripts } = JSON.parse(read('package.json')) as { scripts: { types: string } };
    expect(scripts.types).toContain(`tsc --noEmit -p ${folder}/tsconfig.json`);
    const { include, exclude = [] } = JSON.parse(read(folder, 'tsconfig.json')) as TypeScriptProject;
    expect(include).toEqual([pattern]);
    const missed = exclude.filter((path) => path !== 'node_modules');
    expect(missed).toEqual(UNCHECKED.filter((path) => programs.includes(path)));
  });

  it('each ask for it: compiled JavaScript of dist, which they import, is not checked', () => {
    expect(programs.length).toBeGreaterThan(20);
    const silent = programs.filter(
      (file) => !readFileSync(join(ROOT, folder, file), 'utf8').startsWith('// @ts-check\n'),
    );
    expect(silent).toEqual([]);
  });
});
