// @ts-check
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onCleanup } from './cleanup.mjs';

/** A directory of this run alone; removed at its end. Others may pass through: the database runs as another user under root. */
export async function scratchDirectory(name) {
  const path = await mkdtemp(join(tmpdir(), `rescind-${name}-`));
  await chmod(path, 0o711);
  onCleanup(() => rm(path, { recursive: true, force: true }));
  return path;
}
