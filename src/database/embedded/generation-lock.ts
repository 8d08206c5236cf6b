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
/** A scan of the directory that runs while generations change must still meet one of them. */
const GENERATIONS_KEPT = 8;

/**
 * Runs `work` while no other process runs its own under the same directory. A holder that died, however it
 * died, is succeeded at once; nothing has to be cleaned up by hand.
 *
 * The lock is a row of numbered files, and the highest decides. Whoever finds it free, or its holder dead,
 * creates the next number. Creation is atomic, so of several successors one wins; a lock is never taken by
 * removing a file, the step in which two processes can both believe that they won.
 * @throws EmbeddedPostgresError when a live holder does not finish in 90 s.
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
        // A slow scan: later generations had come and gone.
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
    // Gone meanwhile: look again. Unreadable content was never written by us, as creation is atomic.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
