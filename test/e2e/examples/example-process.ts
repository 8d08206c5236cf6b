import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { waitFor } from '../../support/wait-for.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** What `node` runs for this example; decorators are compiled first. @throws Error with what the compiler says */
export function programOf(example: 'express' | 'fastify' | 'nest'): string {
  const folder = join(ROOT, 'examples', example);
  if (example !== 'nest') return join(folder, 'main.ts');
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout);
  return join(folder, 'dist', 'main.js');
}

/** A running example. */
export class ExampleProcess {
  private log = '';

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (bytes: Buffer) => (this.log += bytes.toString()));
  }

  static async start(program: string, env: Record<string, string>): Promise<ExampleProcess> {
    const child = spawn(process.execPath, [program], {
      env: { PATH: process.env.PATH, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const example = new ExampleProcess(child);
    await waitFor('the example to listen', () => {
      if (child.exitCode !== null) throw new Error(example.log);
      return example.port;
    });
    return example;
  }

  /** Everything it wrote. */
  get output(): string {
    return this.log;
  }

  async call(method: string, secret: string | null): Promise<Response> {
    const headers: Record<string, string> = secret === null ? {} : { authorization: `Bearer ${secret}` };
    return fetch(`http://127.0.0.1:${this.port}/orders`, { method, headers });
  }

  /** SIGTERM, and waits for the end: its code, or the signal where the program hands it on. */
  async stop(): Promise<number | NodeJS.Signals | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exit = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await exit;
    }
    return this.child.exitCode ?? this.child.signalCode;
  }

  private get port(): string | undefined {
    return /listening on (\d+)/.exec(this.log)?.[1];
  }
}
