// @ts-check
import { once } from 'node:events';
import http from 'node:http';
import { residentBytesOfTree } from '../lib/proc.mjs';
import { startRescind } from '../lib/rescind.mjs';

const MEGABYTE = 2 ** 20;
const SAMPLE_MS = 100;
/** A reader that stops now and then, as one behind a slow line does. */
const SLOW = { everyBytes: 4 * MEGABYTE, pauseMs: 20 };

/**
 * How much a process that has just started grows while it exports one log over HTTP, at most.
 * `slow`: whether the reader pauses.
 * @returns {Promise<{ megabytes: number, events: number, seconds: number }>}
 */
export async function measureExport({ env, directory, business, query = '', slow = false }) {
  const rescind = await startRescind({ env, directory });
  const headers = {
    authorization: `Bearer ${env.RESCIND_BOOTSTRAP_TOKEN}`,
    'x-business-id': business.id,
  };
  // Whatever the first request of all costs is not the export's.
  await rescind.client.request('GET', '/api/v1/audit/checkpoint', { headers });
  const before = residentBytesOfTree(rescind.pid);
  let most = before;
  const sampling = setInterval(() => {
    most = Math.max(most, residentBytesOfTree(rescind.pid));
  }, SAMPLE_MS);
  const started = performance.now();
  const [response] = await once(
    http.get(`${rescind.url}/api/v1/audit/export${query}`, { headers }),
    'response',
  );
  let [events, bytes, pauseAt] = [0, 0, SLOW.everyBytes];
  response.on('data', (chunk) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) events += 1;
    bytes += chunk.length;
    if (!slow || bytes < pauseAt) return;
    pauseAt += SLOW.everyBytes;
    response.pause();
    setTimeout(() => response.resume(), SLOW.pauseMs);
  });
  await once(response, 'end');
  clearInterval(sampling);
  if (response.statusCode !== 200) throw new Error(`the export answered ${response.statusCode}`);
  const seconds = (performance.now() - started) / 1000;
  await rescind.stop();
  // Header and checkpoint are lines as well.
  return { megabytes: (most - before) / MEGABYTE, events: events - 2, seconds };
}
