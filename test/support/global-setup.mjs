import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildIfNeeded } from '../../bin/build-if-needed.mjs';
import { buildPackagesIfNeeded } from '../../scripts/build-packages.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));

/** Builds the application and the packages if needed, and starts what the run shares; workers find it by TEST_RUN_DIRECTORY. */
export default async function setUp() {
  await buildIfNeeded();
  buildPackagesIfNeeded();
  const directory = mkdtempSync(join(tmpdir(), 'rescind-test-'));
  // Run as root, PostgreSQL is another user's process, and must pass through.
  chmodSync(directory, 0o711);
  const keeper = spawn(process.execPath, [join(HERE, 'run-keeper.mjs'), directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const gone = new Promise((resolve) => keeper.once('exit', resolve));
  const ready = new Promise((resolve) => createInterface({ input: keeper.stdout }).once('line', resolve));
  const first = await Promise.race([ready, gone]);
  if (first !== 'ready') throw new Error('the database of the test run did not start');
  process.env.TEST_RUN_DIRECTORY = directory;
  globalThis.__rescindKeeper = { keeper, gone, directory };
}
