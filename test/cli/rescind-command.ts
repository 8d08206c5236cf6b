import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { testRun } from '../support/test-run.js';

const ROOT = join(import.meta.dirname, '..', '..');

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  readonly pid: number;
  readonly ended: Promise<Outcome>;
  stderr(): string;
}

/** Runs `rescind` with these arguments and no settings but those given; `secrets` adds the pepper and key of the run. */
export function rescind(args: string[], env: Record<string, string> = {}, secrets = false): RunningCommand {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(RESCIND_|DATABASE_URL$|PORT$|HOST$|NODE_OPTIONS$|JEST_|NODE_ENV$)/.test(name),
  );
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'rescind.mjs'), ...args], {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), ...(secrets ? testRun().secrets : {}), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { pid: child.pid as number, ended, stderr: () => stderr };
}
