import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { exchange } from '../support/exchange.js';
import { waitFor } from '../support/wait-for.js';

/** Debian keeps servers where the path of an ordinary user does not look. */
const DIRECTORIES = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/** @throws Error saying what to install */
export function programPath(program: string): string {
  for (const directory of DIRECTORIES) {
    const path = join(directory, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Looked for in the next one.
    }
  }
  throw new Error(`${program} is not installed, and these tests need the real one: .ci/install-packages`);
}

export interface ProxyProcess {
  url: string;
  stop(): Promise<void>;
}

/** Starts a proxy and resolves when it answers on `port`. @throws Error with its log when it ends before that */
export async function startProxy(
  program: string,
  args: string[],
  port: number,
  directory: string,
): Promise<ProxyProcess> {
  const logPath = join(directory, 'proxy.log');
  const log = openSync(logPath, 'a');
  const child = spawn(programPath(program), args, {
    cwd: directory,
    // Caddy looks for its storage below the home directory.
    env: { PATH: process.env.PATH, HOME: directory },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const url = `http://127.0.0.1:${port}`;
  await waitFor(`${program} to listen`, async () => {
    if (child.exitCode !== null) return 'ended';
    await exchange(url, { method: 'GET', path: '/' });
    return 'listening';
  }).then((state) => {
    if (state === 'ended') throw new Error(`${program} did not start:\n${readFileSync(logPath, 'utf8')}`);
  });
  return {
    url,
    stop: async () => {
      if (child.exitCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    },
  };
}
