// @ts-check
/**
 * npm run scale -- --tokens N --businesses N --events N [--small]: fills a database of its own to 10 thousand,
 * 1 million and 10 million tokens (as far as N goes) and measures at each size what a request costs. Writes
 * docs/results/scale.md unless --small, which takes less than a minute.
 */
import { readArguments } from './lib/arguments.mjs';
import { onCleanup, runScript } from './lib/cleanup.mjs';
import { startDatabase } from './lib/database.mjs';
import { startLoadGenerator } from './lib/load.mjs';
import { minter } from './lib/mint.mjs';
import { ensureBuild } from './lib/prerequisites.mjs';
import { progressBar } from './lib/progress.mjs';
import { writeResult } from './lib/report.mjs';
import { makeSettings, startRescind } from './lib/rescind.mjs';
import { scratchDirectory } from './lib/scratch.mjs';
import { filler } from './scale/fill.mjs';
import { measureAtSize } from './scale/measure.mjs';
import { makePopulation } from './scale/population.mjs';
import { scalePage } from './scale/scale-page.mjs';

const STEPS = [10_000, 1_000_000, 10_000_000];
const options = readArguments({ tokens: 10_000_000, businesses: 10_000, events: 10_000_000, small: false });
if (options.small) Object.assign(options, { tokens: 20_000, businesses: 100, events: 20_000 });
const SAMPLE = options.small ? 600 : 10_000;

await runScript(options.small ? 5 : 90, async () => {
  await ensureBuild();
  const directory = await scratchDirectory('scale');
  const database = await startDatabase();
  const env = { ...makeSettings('scale'), ...database.settingsFor(await database.create('scale')) };
  await (await startRescind({ env, directory })).stop(); // Makes the schema.
  const session = await database.connect(env.RESCIND_MIGRATE_URL);
  await session.query(`ALTER SYSTEM SET max_wal_size = '8GB'`);
  await session.query('SELECT pg_reload_conf()');
  const load = await startLoadGenerator(directory);
  onCleanup(load.stop);

  const population = makePopulation(options.businesses);
  const fill = await filler({
    session,
    mint: await minter(env.RESCIND_PEPPER),
    signingKey: env.RESCIND_SIGNING_KEY,
    population,
    progress: progressBar(),
  });
  await fill.tenants();
  const sizes = [...STEPS.filter((step) => step < options.tokens), options.tokens];
  const results = [];
  for (const tokens of sizes) {
    const started = performance.now();
    const events = Math.max(
      1,
      Math.min(options.events, Math.round((options.events * tokens) / options.tokens)),
    );
    const sample = shuffled(await fill.tokens(tokens, SAMPLE));
    await fill.events(events, options.events);
    await fill.settle();
    const minutesOld = (performance.now() - started) / 60_000;
    const result = await measureAtSize({ env, directory, load, session, population, sample, minutesOld });
    results.push({ tokens, events, ...result });
    console.error(
      `\n${tokens} tokens: cold ${result.coldP50.toFixed(3)} ms, filled in ${minutesOld.toFixed(1)} min`,
    );
  }
  await session.end();
  const command = `npm run scale -- --tokens ${options.tokens} --businesses ${options.businesses} --events ${options.events}`;
  const page = scalePage({ results, businesses: options.businesses, command });
  console.log(page);
  if (!options.small) await writeResult('scale.md', page);
});

/** A fixed shuffle: neighbours in the table must not be asked one after the other. */
function shuffled(list) {
  return list.map((item, index) => [Math.imul(index + 1, 2654435761) >>> 0, item]).sort(([a], [b]) => a - b).map(([, item]) => item); // prettier-ignore
}
