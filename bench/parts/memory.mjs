// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { residentBytesOfTree } from '../lib/proc.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { copyTokens, createTenant, verifyRequest } from '../lib/tenants.mjs';

const BATCH = 50_000;
const REST_MS = 30_000;
const MEGABYTE = 1024 * 1024;

/** Resident memory of one process as verdicts accumulate in its memory: each token is verified once over HTTP. */
export async function measureMemory({ env, directory, load, mint, database, say }, { verdicts }) {
  const url = await database.create('memory');
  const rescind = await startRescind({ env: { ...env, ...database.settingsFor(url) }, directory });
  const tenant = await createTenant(rescind.api, 'Remembered Ltd');
  const session = await database.connect(url);
  const points = [{ verdicts: 0, megabytes: residentBytesOfTree(rescind.pid) / MEGABYTE }];
  for (let done = 0; done < verdicts; done += BATCH) {
    const tokens = await copyTokens(session, mint, tenant, Math.min(BATCH, verdicts - done));
    const requests = tokens.map((token) => verifyRequest(tenant, token));
    const { perSecond } = await load.run(rescind, { requests, connections: 32, once: true });
    const point = { verdicts: done + tokens.length, megabytes: residentBytesOfTree(rescind.pid) / MEGABYTE };
    points.push(point);
    say(
      `${point.verdicts} verdicts: ${Math.round(point.megabytes)} MB (${Math.round(perSecond)} cold verifications/s)`,
    );
  }
  say(`at rest for ${REST_MS / 1000} s`);
  await delay(REST_MS);
  const atRest = residentBytesOfTree(rescind.pid) / MEGABYTE;
  await session.end();
  await rescind.stop();
  return { points, atRest, restSeconds: REST_MS / 1000 };
}
