// @ts-check
import { join } from 'node:path';
import { firstMessage, startNode } from './child.mjs';

/** Starts one peer of bench/peers. @returns a target for the load generator with the requests that it can answer */
export async function startPeer(name, directory, settings) {
  const child = await startNode(join(import.meta.dirname, '..', 'peers', `${name}.mjs`), {
    logFile: join(directory, `${name}.log`),
  });
  child.send(settings);
  const { url, requests } = await firstMessage(child);
  return { name, url, pid: child.pid, requests, stop: () => child.stop() };
}
