import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.js';
import { waitFor } from '../../support/wait-for.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface WitnessProcess {
  readonly url: string;
  readonly vkey: string;
  said(): string;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for the end. @returns its exit code */
  stop(): Promise<number | null>;
  /** SIGSTOP: it stays, and answers nothing. */
  freeze(): void;
  thaw(): void;
}

/** The files of a witness: what stays while its processes come and go. */
export interface WitnessSite {
  readonly directory: string;
  readonly vkey: string;
  /** `rescind-witness` on those files, always on the same port. */
  start(): Promise<WitnessProcess>;
  remove(): Promise<void>;
}

/** @param logs verifier keys of the logs that it witnesses */
export async function aWitnessSite(name: string, logs: readonly string[]): Promise<WitnessSite> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-witness-'));
  const key = join(directory, 'key');
  await writeFile(join(directory, 'logs'), logs.map((vkey) => `log ${vkey}\n`).join(''));
  const made = spawnWitness(['--key', key, '--make-key', name]);
  await made.ended;
  const vkey = made.out().trim();
  const port = await freePort();
  return {
    directory,
    vkey,
    start: async () => {
      const child = spawnWitness([
        ...['--key', key, '--logs', join(directory, 'logs'), '--state', join(directory, 'state')],
        ...['--listen', `127.0.0.1:${port}`],
      ]);
      const url = await waitFor('the witness to listen', () => {
        if (child.process.exitCode !== null) throw new Error(`the witness did not start: ${child.said()}`);
        return /Address\s+(http:\S+)/.exec(child.said())?.[1];
      });
      return {
        url,
        vkey,
        said: child.said,
        kill: async () => {
          child.process.kill('SIGKILL');
          await child.ended;
        },
        stop: async () => {
          child.process.kill('SIGTERM');
          await child.ended;
          return child.process.exitCode;
        },
        freeze: () => void child.process.kill('SIGSTOP'),
        thaw: () => void child.process.kill('SIGCONT'),
      };
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Without any setting of Rescind: a witness needs none, and no database. */
function spawnWitness(args: string[]) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(RESCIND_|DATABASE_URL$|NODE_OPTIONS$|JEST_|NODE_ENV$)/.test(name)),
  );
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'witness', 'rescind-witness.cjs'), ...args], { cwd: tmpdir(), env });
  let [out, said] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'close');
  return { process: child, ended, out: () => out, said: () => said };
} // prettier-ignore
