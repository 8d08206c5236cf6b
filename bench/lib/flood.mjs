// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The ways in which a tenant floods, and how many connections it does so over. */
export const FLOODS = [
  ['ready', 256],
  ['denied calls', 128],
  ['denied verifications', 128],
  ['issuing', 128],
  ['issuing by the platform', 128],
  ['listing', 128],
  ['searching', 128],
  ['streams', 800],
  ['exports', 64],
  ['wrong tokens', 128],
];

/** The ways in which a tenant asks for more look-ups than the database answers. */
export const LOOK_UP_FLOODS = ['batches', 'leaks', 'introspections', 'unknown bearers', 'asks'];

/**
 * Lets a tenant flood in a process of its own, from when this resolves until `stop`.
 * @param {import('./flood.d.mts').FloodingTenant} tenant
 * @returns {Promise<{ stop(): Promise<Record<string, number>> }>} the answers it got, by status
 */
export async function startFlood({ url, kind, connections, business, secrets }) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'flood-process.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  child.send({ url, kind, connections, business, secrets });
  const lines = createInterface({ input: child.stdout });
  const [first] = await once(lines, 'line');
  if (first !== 'flooding') throw new Error(`the flood did not begin: ${first}`);
  return {
    stop: async () => {
      child.kill('SIGTERM');
      const [last] = await once(lines, 'line');
      await once(child, 'exit');
      return JSON.parse(last);
    },
  };
}
