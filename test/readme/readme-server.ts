import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../support/wait-for.js';
import { blocks, ROOT } from './readme.js';
import { freePort } from '../support/free-port.js';

export interface ReadmeServer {
  port: number;
  platformToken: string;
  /** Ends it as Ctrl-C does. @returns what it had printed, and how it ended */
  stop(): Promise<{ output: string; code: number | null }>;
}

/** Runs the start command of README.md as a newcomer does: no settings but a free port and an empty data directory. */
export async function startAsReadmeSays(): Promise<ReadmeServer> {
  const [install, start] = (blocks()[0]?.text ?? '').trim().split('\n');
  if (install !== 'npm ci' || start === undefined)
    throw new Error('README.md does not begin with its two commands');
  const dataDir = mkdtempSync(join(tmpdir(), 'rescind-readme-'));
  chmodSync(dataDir, 0o711);
  const port = await freePort();
  const [program = '', ...args] = start.split(' ');
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(RESCIND_|DATABASE_URL$|HOST$|NODE_OPTIONS$|JEST_|NODE_ENV$|npm_)/.test(name),
  );
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), PORT: String(port), RESCIND_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const stop = async (): Promise<{ output: string; code: number | null }> => {
    // The whole group, as a terminal does.
    if (child.exitCode === null) process.kill(-(child.pid as number), 'SIGINT');
    const [code] = await exit;
    rmSync(dataDir, { recursive: true, force: true });
    return { output, code };
  };
  try {
    const platformToken = await waitFor(
      'the service to be ready',
      // Started by no terminal, it keeps the token in a file.
      () => output.includes('Health') && readFileSync(join(dataDir, 'platform-token'), 'utf8').trim(),
      90_000,
    );
    return { port, platformToken, stop };
  } catch (error) {
    await stop();
    throw new Error(`the start command of README.md failed:\n${output}`, { cause: error });
  }
}
