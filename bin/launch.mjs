import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ENTRY = join(dirname(fileURLToPath(import.meta.url)), 'launched.mjs');
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/**
 * Runs the command line under another Node.js, as if it were this process: same streams, signals passed on, same end.
 * It stops, in order, when this process is killed: the channel between the two closes then.
 * @returns never; the process ends with the other
 */
export function launch(node, args) {
  const child = spawn(node, [ENTRY, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`${node} cannot be started (${error.code}): remove it, and start again.`);
    process.exit(1);
  });
  child.on('close', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const each of FORWARDED) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
}
