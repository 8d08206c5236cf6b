// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { onCleanup } from './cleanup.mjs';

/**
 * Starts a Node program in a process of its own. Its output goes to `logFile`, so that reading it costs the
 * measuring process nothing. In a process group of its own: Ctrl-C is ours to handle, in order. Only what is
 * named in `env` reaches it: a DATABASE_URL of the caller's shell must not.
 * @param {string} program
 * @param {{ args?: string[], env?: NodeJS.ProcessEnv, logFile: string, cwd?: string, ipc?: boolean }} options
 */
export async function startNode(program, { args = [], env = {}, logFile, cwd, ipc = true }) {
  const log = await open(logFile, 'a');
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...env },
    stdio: ['ignore', log.fd, log.fd, ipc ? 'ipc' : null],
    detached: true,
  });
  await log.close();
  const ended = once(child, 'exit');
  /** @param {NodeJS.Signals} signal */
  const stop = async (signal = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGCONT');
    child.kill(signal);
    const hard = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(hard);
  };
  onCleanup(() => stop());
  process.once('exit', () => child.kill('SIGKILL'));
  const lastWords = async () => (await readFile(logFile, 'utf8')).slice(-3000);
  return Object.assign(child, { ended, stop, logFile, lastWords });
}

/** The first message a peer sends tells how to reach it. @throws with the end of its log when it dies first. */
export async function firstMessage(child) {
  const died = child.ended.then(async ([code]) => {
    throw new Error(
      `${child.spawnargs[1]} ended with ${code} before it was ready:\n${await child.lastWords()}`,
    );
  });
  const [message] = await Promise.race([once(child, 'message'), died]);
  return message;
}
