import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory and those above it that are missing.
 * @returns the directories that were made, outermost first; none if it was there.
 * @throws the file system's error, ENOTDIR when a file is in the way.
 */
export async function makeDirectory(directory: string): Promise<string[]> {
  // Not `recursive: true`: Node 20 never returns from it below /proc.
  const path = resolve(directory);
  const known = await stat(path).catch(() => null);
  if (known?.isDirectory()) return [];
  if (known) throw Object.assign(new Error(`ENOTDIR: ${path} is a file`), { code: 'ENOTDIR' });
  const above = dirname(path) === path ? [] : await makeDirectory(dirname(path));
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return above;
    throw error;
  }
  return [...above, path];
}
