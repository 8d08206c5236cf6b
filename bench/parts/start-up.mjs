// @ts-check
import { join } from 'node:path';
import { startRescind } from '../lib/rescind.mjs';
import { scratchDirectory } from '../lib/scratch.mjs';
import { summary } from '../lib/statistics.mjs';

/** From process start to the first 200 of /health/ready with the embedded database: a first start, then warm ones. */
export async function measureStartUp({ env, say }, { starts }) {
  const directory = await scratchDirectory('start-up');
  const start = async () => {
    const rescind = await startRescind({
      env: { ...env, RESCIND_DATA_DIR: join(directory, 'data') },
      directory,
      launched: true,
    });
    await rescind.stop();
    say(`ready in ${Math.round(rescind.readyMs)} ms`);
    return rescind.readyMs;
  };
  const firstMs = await start();
  const warmMs = [];
  for (let count = 0; count < starts; count++) warmMs.push(await start());
  return { firstMs, warmMs: summary(warmMs) };
}
