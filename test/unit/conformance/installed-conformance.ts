import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildPackagesIfNeeded } from '../../../scripts/build-packages.mjs';
import type { Mutant } from './mutants.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const run = promisify(execFile);

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** The conformance program and the Node package as they would be published: packed, and unpacked elsewhere. */
export class InstalledConformance {
  private constructor(private readonly folder: string) {}

  static async make(): Promise<InstalledConformance> {
    buildPackagesIfNeeded();
    mkdirSync(join(ROOT, '.tmp'), { recursive: true });
    // Inside the repository, so that the verifier's one dependency is found.
    const made = new InstalledConformance(mkdtempSync(join(ROOT, '.tmp', 'conformance-')));
    await Promise.all([
      made.install('verifier', '@rescind/verifier'),
      made.install('conformance', 'rescind-conformance'),
    ]);
    return made;
  }

  /** Runs it on the testee of the Node package. @param module another build of that */
  async run(args: readonly string[], module: readonly string[] = []): Promise<Ended> {
    const installed = this.pathOf('rescind-conformance');
    const program = join(installed, 'bin', 'rescind-conformance.mjs');
    const testee = join(installed, 'testees', 'node', 'testee.mjs');
    try {
      const ended = await run(process.execPath, [
        program,
        ...args,
        '--',
        process.execPath,
        testee,
        ...module,
      ]);
      return { code: 0, ...ended };
    } catch (error) {
      return error as Ended;
    }
  }

  /** The module of that verifier. */
  mutated({ rule, file, edits }: Mutant): string {
    const mutated = join(this.folder, 'mutants', rule);
    cpSync(join(this.pathOf('@rescind/verifier'), 'dist', 'esm'), mutated, { recursive: true });
    const path = join(mutated, `${file}.js`);
    let text = readFileSync(path, 'utf8');
    for (const [from, to] of edits) {
      expect(text.split(from)).toHaveLength(2);
      text = text.replace(from, () => to);
    }
    writeFileSync(path, text);
    return join(mutated, 'index.js');
  }

  pathOf(name: string): string {
    return join(this.folder, 'node_modules', name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async install(folder: string, name: string): Promise<void> {
    const packed = mkdtempSync(join(this.folder, 'packed-'));
    await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', packed], {
      cwd: join(ROOT, 'packages', folder),
    });
    mkdirSync(this.pathOf(name), { recursive: true });
    const [tarball = ''] = readdirSync(packed);
    await run('tar', ['xf', join(packed, tarball), '--strip-components=1', '-C', this.pathOf(name)]);
  }
}
