// @ts-check
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onCleanup } from '../lib/cleanup.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { summary } from '../lib/statistics.mjs';
import { filler } from '../scale/fill.mjs';
import { makePopulation } from '../scale/population.mjs';

const BUSINESSES = 10;
const LOOK_MS = 20;
const PATIENCE_MS = 300_000;

/**
 * How fast what is in the log goes out: a log that is there already, and a process that is started with one sink, until the
 * cursor of the sink is behind the last of those events. From when its first batch was taken, so that the start does not count.
 */
export async function measureSinks({ env, directory, database, mint, say }, { events, rounds }) {
  const url = await database.create('sinks');
  const settings = { ...env, ...database.settingsFor(url) };
  await (await startRescind({ env: settings, directory })).stop(); // Makes the schema.
  const session = await database.connect(url);
  const population = makePopulation(BUSINESSES);
  const signingKey = env.RESCIND_SIGNING_KEY;
  const fill = await filler({ session, mint, signingKey, population, progress: () => undefined });
  await fill.tenants();
  await fill.events(events, events);
  await fill.settle();
  const receiver = await startReceiver(directory);
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    const sink = `https-${round}`;
    const sinks = JSON.stringify([{ name: sink, type: 'https', ...receiver.settings }]);
    const rescind = await startRescind({ env: { ...settings, RESCIND_AUDIT_SINKS: sinks }, directory });
    runs.push(await drained(session, sink, population));
    await rescind.stop();
  }
  const row = { name: 'HTTPS on this machine, signed', perSecond: summary(runs) };
  say(`${row.name}: ${Math.round(row.perSecond.median)} events/s`);
  await session.end();
  return [row];
}

/** @returns events a second between the first batch that was seen taken and the last */
async function drained(session, sink, { businesses }) {
  const whole = businesses.reduce((sum, { events }) => sum + events, 0);
  let first = null;
  for (const begun = performance.now(); performance.now() - begun < PATIENCE_MS; await delay(LOOK_MS)) {
    const { rows } = await session.query(
      'SELECT coalesce(sum(sequence), 0)::int AS sent FROM audit_sink_cursors WHERE sink = $1 AND business_id = ANY ($2)',
      [sink, businesses.map(({ id }) => id)],
    );
    const [{ sent }] = rows;
    if (sent > 0) first ??= { sent, at: performance.now() };
    if (sent >= whole && first !== null) return ((sent - first.sent) * 1000) / (performance.now() - first.at);
  }
  throw new Error(`the sink ${sink} did not get to the end of the log`);
}

/** Takes every batch, and reads it to its end. */
async function startReceiver(directory) {
  const [cert, key] = ['cert.pem', 'key.pem'].map((file) => join(directory, file));
  execFileSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${key} -out ${cert}`.split(
      ' ',
    ),
    { stdio: 'ignore' },
  );
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
    request.resume().on('end', () => response.end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onCleanup(() => server.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  return { settings: { url: `https://localhost:${port}/events`, ca: cert, secret } };
}
