import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { testRun } from '../support/test-run.js';

const ROOT = join(import.meta.dirname, '..', '..');

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface RunningCommand {
  readonly pid: number;
  readonly ended: Promise<Outcome>;
  stderr(): string;
}

/** What startRescind sets as well: both may be of one database. */
const AS_THE_SERVICE = { PORT: '0', RESCIND_AUDIT_RETENTION_DELAY_DAYS: '0' };

/**
 * Runs `rescind` with these arguments and no settings but AS_THE_SERVICE and those given; `secrets` adds the pepper and key of the run.
 * @param input what standard input has; undefined: nothing to read from
 */
export function rescind(
  args: string[],
  env: Record<string, string> = {},
  secrets = false,
  input?: string,
): RunningCommand {
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'rescind.mjs'), ...args], {
    cwd: ROOT,
    env: environment(env, secrets),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  }) as ChildProcessByStdio<Writable | null, Readable, Readable>;
  child.stdin?.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { pid: child.pid as number, ended, stderr: () => stderr };
}

/** A command whose standard streams are all one terminal. */
interface CommandAtTerminal {
  /** What is on it so far. */
  shown(): string;
  /** A line. */
  type(line: string): void;
  /** Both streams are in `stdout`. */
  readonly ended: Promise<Outcome>;
}

/** As `rescind`, at a terminal of its own: that of script(1). */
export function rescindAtTerminal(args: string[], env: Record<string, string> = {}): CommandAtTerminal {
  const words = [process.execPath, join(ROOT, 'bin', 'rescind.mjs'), ...args];
  const command = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: ROOT,
    env: environment(env, false),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    stdout: shown,
    stderr: '',
  }));
  return { shown: () => shown, type: (line) => void child.stdin.write(`${line}\n`), ended };
}

function environment(env: Record<string, string>, secrets: boolean): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(RESCIND_|DATABASE_URL$|PORT$|HOST$|NODE_OPTIONS$|JEST_|NODE_ENV$)/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    ...AS_THE_SERVICE,
    ...(secrets ? testRun().secrets : {}),
    ...env,
  };
}
