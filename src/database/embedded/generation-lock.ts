import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createFile, replaceFile } from '../../config/private-file.js';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { findProcess, isRunning, type ProcessIdentity } from './process-identity.js';

const NAME = /^\.postgres-lock\.(\d+)$/;
const POLL_MS = 25;
const PATIENCE_MS = 90_000;
const FREE = 'free';
/** A scan of the directory during which generations change must still find one of them. */
const GENERATIONS_KEPT = 8;

/**
 * Runs `work` while no other process runs its own under the same directory. If the holder of the lock dies, another
 * process gets it at once; nothing has to be cleaned up by hand.
 *
 * The lock is a series of numbered files, and the highest number counts. A process that finds it free, or its holder
 * dead, creates the next number. Creation is atomic, so only one of several processes succeeds. The lock is never
 * taken by removing a file, because then two processes could both believe that they have it.
 * @throws EmbeddedPostgresError if a live holder does not finish within 90 s.
 */
export async function underLock<T>(
  directory: string,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  const generation = await acquire(directory, onWait);
  try {
    return await work();
  } finally {
    await replaceFile(join(directory, `.postgres-lock.${generation}`), FREE, 0o644);
  }
}

async function acquire(directory: string, onWait: () => void): Promise<number> {
  const self = JSON.stringify(findProcess(process.pid));
  const start = performance.now();
  for (let announced = false; ; await delay(POLL_MS)) {
    const last = await highest(directory);
    if (last === 0 || isFree(directory, last)) {
      const mine = last + 1;
      if (await createFile(join(directory, `.postgres-lock.${mine}`), self, 0o644)) {
        if ((await highest(directory)) === mine) return mine;
        // A slow scan: later generations were created and removed meanwhile.
        await rm(join(directory, `.postgres-lock.${mine}`), { force: true });
      }
    }
    const waitedMs = performance.now() - start;
    if (waitedMs > 1000 && !announced) {
      announced = true;
      onWait();
    }
    if (waitedMs > PATIENCE_MS) {
      throw new EmbeddedPostgresError(
        `Another Rescind process has been starting or stopping the database in ${directory} for too long: stop that process and start again.`,
      );
    }
  }
}

async function highest(directory: string): Promise<number> {
  const numbers = (await readdir(directory)).flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  const last = Math.max(0, ...numbers);
  const outdated = numbers.filter((number) => number <= last - GENERATIONS_KEPT);
  await Promise.all(
    outdated.map((number) => rm(join(directory, `.postgres-lock.${number}`), { force: true })),
  );
  return last;
}

function isFree(directory: string, generation: number): boolean {
  try {
    const content = readFileSync(join(directory, `.postgres-lock.${generation}`), 'utf8');
    return content === FREE || !isRunning(JSON.parse(content) as ProcessIdentity);
  } catch (error) {
    // Removed meanwhile: look again. Unreadable content was not written by us, because creation is atomic.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
