// @ts-check
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { slowness } from './slowness.mjs';

const MONITOR = pathToFileURL(join(import.meta.dirname, 'monitor.mjs')).href;

/** Settings with which a Rescind process tells its longest turn, at a port that it writes to `portFile`. */
export const monitoredBy = (portFile) => ({
  NODE_OPTIONS: `--import=${MONITOR}`,
  EVENT_LOOP_PORT_FILE: portFile,
});

/** The longest turn of its event loop since this was asked last, in milliseconds of processor time. */
export function longestTurnMs(portFile) {
  return new Promise((resolve, reject) => {
    let text = '';
    connect(Number(readFileSync(portFile, 'utf8')), '127.0.0.1')
      .on('data', (chunk) => (text += chunk))
      .on('end', () => resolve(Number(text)))
      .on('error', reject);
  });
}

/**
 * How long the event loop was held by what `work` asks for: the least of several tries, until one is within `limitMs`. Collecting
 * garbage and compiling can fall into any turn; what is held by the work is held each time. Before each try `prepare` may make
 * what it needs. In milliseconds of the processor that docs/performance.md was measured on: see {@link slowness}.
 */
export async function heldMsBy(portFile, { work, prepare, limitMs, tries }) {
  let least = Infinity;
  for (let attempt = 0; attempt < tries && least > limitMs; attempt++) {
    await prepare?.();
    await longestTurnMs(portFile);
    await work();
    const heldMs = await longestTurnMs(portFile);
    least = Math.min(least, heldMs <= limitMs ? heldMs : heldMs / slowness());
  }
  return least;
}
