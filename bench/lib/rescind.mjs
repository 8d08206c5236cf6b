// @ts-check
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startNode } from './child.mjs';
import { jsonClient } from './json-client.mjs';
import { root } from './prerequisites.mjs';
import { settingsFor } from './settings.mjs';

const READY_MS = 120_000;

/**
 * Pepper, signing key and platform token of one run, which all processes on one database share, and what it changes of the defaults.
 * @param {string} where as in {@link settingsFor}
 */
export function makeSettings(where) {
  return {
    RESCIND_PEPPER: randomBytes(32).toString('base64'),
    RESCIND_SIGNING_KEY: generateKeyPairSync('ed25519')
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
    RESCIND_BOOTSTRAP_TOKEN: randomBytes(30).toString('base64url'),
    ...settingsFor(where),
  };
}

async function freePort() {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts the built Rescind and resolves when it is ready.
 * `env` are its settings; without DATABASE_URL it runs its embedded database under RESCIND_DATA_DIR. `directory` is for
 * its log. `launched`: through bin/rescind.mjs, as `npm start` does, which first looks whether there is something to
 * build. `checkout`: where it was built, unless here. The result's `api` calls it as the platform.
 */
export async function startRescind({ name = 'rescind', env, directory, launched = false, checkout = root }) {
  const port = await freePort();
  const started = performance.now();
  const program = join(checkout, ...(launched ? ['bin', 'rescind.mjs'] : ['dist', 'main.js']));
  const child = await startNode(program, {
    args: ['serve'],
    cwd: directory,
    logFile: join(directory, `${name}-${port}.log`),
    ipc: false,
    env: { HOST: '127.0.0.1', PORT: String(port), RESCIND_DATA_DIR: join(directory, 'data'), ...env },
  });
  const url = `http://127.0.0.1:${port}`;
  const client = jsonClient(url);
  await waitUntilReady(child, client);
  const readyMs = performance.now() - started;
  const api = client.as({ authorization: `Bearer ${env.RESCIND_BOOTSTRAP_TOKEN}` });
  /** @param {NodeJS.Signals} [signal] */
  const stop = async (signal) => {
    client.close();
    await child.stop(signal);
  };
  return { name, url, pid: child.pid, child, client, api, readyMs, logFile: child.logFile, stop };
}

async function waitUntilReady(child, client) {
  for (const start = performance.now(); performance.now() - start < READY_MS; await delay(20)) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const answer = await client.get('/health/ready').catch(() => null);
    if (answer?.status === 200) return;
  }
  throw new Error(
    `Rescind did not become ready; its last words are in ${child.logFile}: ${await child.lastWords()}`,
  );
}
