import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InstalledConformance } from './installed-conformance.js';
import { MUTANTS, MUTANTS_ON_SOCKETS } from './mutants.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const VECTORS = join(ROOT, 'test', 'contracts', 'verifier-vectors.json');

/** Of a machine that runs other tests as well. */
const SLACK = ['--slack', '3'];

describe('rescind-conformance', () => {
  let installed: InstalledConformance;

  beforeAll(async () => {
    installed = await InstalledConformance.make();
  });

  afterAll(() => installed.remove());

  it('holds the vectors of this repository, and depends on nothing', () => {
    const folder = installed.pathOf('rescind-conformance');
    expect(readFileSync(join(folder, 'dist', 'verifier-vectors.json'), 'utf8')).toBe(
      readFileSync(VECTORS, 'utf8'),
    );
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).not.toHaveProperty('dependencies');
  });

  it('passes the packed Node package in every scenario and row', async () => {
    const { scenarios, tables } = JSON.parse(readFileSync(VECTORS, 'utf8'));
    const all = Object.values<unknown[]>(tables).reduce((sum, rows) => sum + rows.length, scenarios.length);
    const { code, stdout } = await installed.run([]);
    expect(stdout).toBe(`@rescind/verifier: ${all} passed, 0 failed, 0 skipped\n`);
    expect(code).toBe(0);
  });

  it.each(MUTANTS)('fails a verifier that breaks $rule: $breaks', async (mutant) => {
    const { rule } = mutant;
    const { code, stdout } = await installed.run(
      ['--only', `[${rule}]`, '--bail'],
      [installed.mutated(mutant)],
    );
    expect(stdout).toMatch(new RegExp(`^failed: .*\\[${rule}\\]`, 'm'));
    // And not a testee that does not run.
    expect(stdout).toContain(': expected ');
    expect(code).toBe(1);
  });

  it('has a mutant for each rule that the vectors hold', () => {
    const page = readFileSync(join(ROOT, 'docs', 'verifier-protocol.md'), 'utf8');
    const rules = [...page.matchAll(/^- \*\*\[([A-Z]\d+)\]\*\*/gm)].map(([, rule]) => rule as string);
    const { not_here } = JSON.parse(readFileSync(VECTORS, 'utf8'));
    const broken = new Set(MUTANTS.map(({ rule }) => rule));
    expect([...broken].sort()).toEqual(rules.filter((rule) => !not_here.includes(rule)).sort());
  });

  it('passes the packed Node package against a hostile server', async () => {
    const { code, stdout } = await installed.run(['--sockets', ...SLACK]);
    expect(stdout).toMatch(/^@rescind\/verifier: \d+ passed, 0 failed, 0 skipped\n$/);
    expect(code).toBe(0);
  });

  it.each(MUTANTS_ON_SOCKETS)(
    'fails a verifier that breaks $rule on real sockets: $breaks',
    async (mutant) => {
      const { rule } = mutant;
      const { code, stdout } = await installed.run(
        ['--sockets', '--only', `[${rule}]`, '--bail'],
        [installed.mutated(mutant)],
      );
      expect(stdout).toMatch(new RegExp(`^failed: .*\\[${rule}\\]`, 'm'));
      expect(code).toBe(1);
    },
  );
});
