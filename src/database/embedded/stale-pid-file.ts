import { readdirSync, readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';

const POLL_MS = 25;
const PATIENCE_MS = 10_000;

/**
 * Removes the postmaster.pid of a server that has ended. PostgreSQL does this itself, unless the process id in it
 * now belongs to another process of the same user. To be called under the lock, with no live server.
 * @throws EmbeddedPostgresError if processes still use the cluster, for example a server that was started by other
 * means.
 */
export async function removeStalePidFile(cluster: string): Promise<void> {
  // Children of a killed server still use its shared memory, and PostgreSQL's own check for them needs this file.
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
