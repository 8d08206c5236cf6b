import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { text } from './environment.js';

/** Where the embedded database and the generated secrets are kept. */
export function dataDirectory(): string {
  return resolve(text('RESCIND_DATA_DIR') ?? './data');
}

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

/**
 * Creates a file whole or not at all: whoever sees it sees all of `content`, also after a power cut.
 * @returns false when the file exists already; it is then left as it is.
 */
export async function createFile(path: string, content: string, mode = 0o600): Promise<boolean> {
  const draft = await writeDraft(path, content, mode);
  try {
    await link(draft, path);
    await syncDirectory(dirname(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Replaces a file in one step; a reader sees the old content or the new. */
export async function replaceFile(path: string, content: string, mode = 0o600): Promise<void> {
  await rename(await writeDraft(path, content, mode), path);
}

/** Makes a creation or a rename in `directory` last through a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  await handle.sync().finally(() => handle.close());
}

async function writeDraft(path: string, content: string, mode: number): Promise<string> {
  const draft = `${path}.${randomUUID()}`;
  const handle = await open(draft, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return draft;
}
