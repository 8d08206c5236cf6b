import { readdirSync, readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';

const POLL_MS = 25;
const PATIENCE_MS = 10_000;

/**
 * Removes the postmaster.pid of a server that is gone. PostgreSQL does so itself, unless the process id in
 * it has been given to another process of the same user. To be called under the lock, with no live server.
 * @throws EmbeddedPostgresError when processes still work on the cluster, a server started by other means for example.
 */
export async function removeStalePidFile(cluster: string): Promise<void> {
  // Children of a killed server still hold its memory; with the file goes PostgreSQL's own check for them.
  for (const start = performance.now(); worksOn(cluster); await delay(POLL_MS)) {
    if (performance.now() - start > PATIENCE_MS) {
      throw new EmbeddedPostgresError(
        `Another PostgreSQL is using ${cluster}: stop it, or choose another RESCIND_DATA_DIR.`,
      );
    }
  }
  if (process.platform === 'linux') await rm(join(cluster, 'postmaster.pid'), { force: true });
}

/** Every PostgreSQL process has its cluster as working directory. Elsewhere than on Linux PostgreSQL's own check remains. */
function worksOn(cluster: string): boolean {
  if (process.platform !== 'linux') return false;
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === cluster;
    } catch {
      return false;
    }
  });
}
