import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildPackagesIfNeeded } from '../../../scripts/build-packages.mjs';
import { MUTANTS, type Mutant } from './mutants.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const VECTORS = join(ROOT, 'test', 'contracts', 'verifier-vectors.json');
const run = promisify(execFile);

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

describe('rescind-conformance', () => {
  let folder: string;
  let program: string;
  let testee: string;

  beforeAll(async () => {
    buildPackagesIfNeeded();
    mkdirSync(join(ROOT, '.tmp'), { recursive: true });
    // Inside the repository, so that the verifier's one dependency is found.
    folder = mkdtempSync(join(ROOT, '.tmp', 'conformance-'));
    await Promise.all([
      installPacked('verifier', join(folder, 'node_modules', '@rescind', 'verifier')),
      installPacked('conformance', join(folder, 'node_modules', 'rescind-conformance')),
    ]);
    const installed = join(folder, 'node_modules', 'rescind-conformance');
    program = join(installed, 'bin', 'rescind-conformance.mjs');
    testee = join(installed, 'testees', 'node', 'testee.mjs');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** As it would be published: packed, and unpacked elsewhere. */
  async function installPacked(name: string, into: string): Promise<void> {
    const packed = mkdtempSync(join(folder, 'packed-'));
    await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', packed], {
      cwd: join(ROOT, 'packages', name),
    });
    mkdirSync(into, { recursive: true });
    const [tarball = ''] = readdirSync(packed);
    await run('tar', ['xf', join(packed, tarball), '--strip-components=1', '-C', into]);
  }

  async function conformance(...args: string[]): Promise<Ended> {
    try {
      return { code: 0, ...(await run(process.execPath, [program, ...args])) };
    } catch (error) {
      return error as Ended;
    }
  }

  it('holds the vectors of this repository, and depends on nothing', () => {
    const installed = join(folder, 'node_modules', 'rescind-conformance');
    expect(readFileSync(join(installed, 'dist', 'verifier-vectors.json'), 'utf8')).toBe(
      readFileSync(VECTORS, 'utf8'),
    );
    expect(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))).not.toHaveProperty(
      'dependencies',
    );
  });

  it('passes the packed Node package in every scenario and row', async () => {
    const { scenarios, tables } = JSON.parse(readFileSync(VECTORS, 'utf8'));
    const all = Object.values<unknown[]>(tables).reduce((sum, rows) => sum + rows.length, scenarios.length);
    const { code, stdout } = await conformance('--', process.execPath, testee);
    expect(stdout).toBe(`@rescind/verifier: ${all} passed, 0 failed, 0 skipped\n`);
    expect(code).toBe(0);
  });

  it.each(MUTANTS)('fails a verifier that breaks $rule: $breaks', async (mutant) => {
    const module = made(mutant);
    const { code, stdout } = await conformance(
      ...['--only', `[${mutant.rule}]`, '--bail', '--'],
      ...[process.execPath, testee, module],
    );
    expect(stdout).toMatch(new RegExp(`^failed: .*\\[${mutant.rule}\\]`, 'm'));
    // And not a testee that does not run.
    expect(stdout).toContain(': expected ');
    expect(code).toBe(1);
  });

  /** The module of that verifier. */
  function made({ rule, file, edits }: Mutant): string {
    const mutated = join(folder, 'mutants', rule);
    cpSync(join(folder, 'node_modules', '@rescind', 'verifier', 'dist', 'esm'), mutated, { recursive: true });
    const path = join(mutated, `${file}.js`);
    let text = readFileSync(path, 'utf8');
    for (const [from, to] of edits) {
      expect(text.split(from)).toHaveLength(2);
      text = text.replace(from, () => to);
    }
    writeFileSync(path, text);
    return join(mutated, 'index.js');
  }

  it('has a mutant for each rule that the vectors hold', () => {
    const page = readFileSync(join(ROOT, 'docs', 'verifier-protocol.md'), 'utf8');
    const rules = [...page.matchAll(/^- \*\*\[([A-Z]\d+)\]\*\*/gm)].map(([, rule]) => rule as string);
    const { not_here } = JSON.parse(readFileSync(VECTORS, 'utf8'));
    const broken = new Set(MUTANTS.map(({ rule }) => rule));
    expect([...broken].sort()).toEqual(rules.filter((rule) => !not_here.includes(rule)).sort());
  });
});
