// @ts-check
/**
 * npm run soak -- --minutes N --rate R: mixed load at a fixed rate against one Rescind with its own database.
 * Memory, handles, database connections and latency over time go to docs/results/soak.md. Exit code 1 when an
 * answer is wrong, or when anything grows without bound.
 */
import { readArguments } from './lib/arguments.mjs';
import { runScript } from './lib/cleanup.mjs';
import { startDatabase } from './lib/database.mjs';
import { minter } from './lib/mint.mjs';
import { ensureBuild } from './lib/prerequisites.mjs';
import { writeResult } from './lib/report.mjs';
import { makeSettings, startRescind } from './lib/rescind.mjs';
import { scratchDirectory } from './lib/scratch.mjs';
import { createTenant } from './lib/tenants.mjs';
import { growthOf } from './soak/growth.mjs';
import { mixedLoad } from './soak/mixed-load.mjs';
import { sampler } from './soak/sampler.mjs';
import { soakPage } from './soak/soak-page.mjs';

const { minutes, rate, businesses } = readArguments({ minutes: 10, rate: 300, businesses: 8 });
const WINDOWS = 24;

await runScript(minutes + 5, async () => {
  await ensureBuild();
  const directory = await scratchDirectory('soak');
  const database = await startDatabase();
  const env = {
    ...makeSettings('soak'),
    ...database.settingsFor(await database.create('soak')),
  };
  const rescind = await startRescind({ env, directory });
  const session = await database.connect(env.RESCIND_MIGRATE_URL);
  const tenants = [];
  for (let index = 0; index < businesses; index++)
    tenants.push(await createTenant(rescind.api, `Soaked ${index}`));

  const load = await mixedLoad({
    client: rescind.client,
    session,
    tenants,
    mint: await minter(env.RESCIND_PEPPER),
  });
  const samples = sampler({ rescind, session, load });
  const windowMs = (minutes * 60_000) / WINDOWS;
  const windows = [];
  const running = load.run(rate, minutes * 60_000);
  for (let number = 0; number < WINDOWS; number++) {
    windows.push(await samples.window(windowMs));
    const { residentMegabytes, heapMegabytes, handles, connections } = windows.at(-1);
    console.error(`${number + 1}/${WINDOWS}: ${Math.round(residentMegabytes)} MB resident, ${Math.round(heapMegabytes)} MB heap, ${handles} handles, ${connections} connections`); // prettier-ignore
  }
  await running;
  const growth = growthOf(windows);
  const page = soakPage({ minutes, rate, windows, growth, faults: load.faults() });
  console.log(page);
  if (minutes >= 10) await writeResult('soak.md', page);
  await session.end();
  await rescind.stop();
  return growth.some(({ unbounded }) => unbounded) || load.faults().count > 0 ? 1 : 0;
});
