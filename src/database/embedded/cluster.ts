import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../config/private-file.js';
import type { DatabaseHome } from './database-home.js';
import { EmbeddedPostgresError, explainFailure } from './embedded-postgres.error.js';
import { serverEnvironment, type ServerPrograms } from './server-programs.js';

/** The superuser of the cluster; Rescind itself works as an ordinary role. */
export const SUPERUSER = 'postgres';

const DRAFT = 'postgres.new.';

/** The cluster's directory in a home. */
export function clusterOf(home: DatabaseHome): string {
  return join(home.path, 'postgres');
}

/**
 * Creates the cluster if there is none. It is made under a temporary name and renamed when it is complete. So a
 * directory with the final name is always complete, and is never removed. To be called under the lock.
 * @throws EmbeddedPostgresError for a cluster that is damaged or of another major version.
 */
export async function ensureCluster(
  home: DatabaseHome,
  programs: ServerPrograms,
  password: string,
  report: (line: string) => void,
): Promise<void> {
  const cluster = clusterOf(home);
  try {
    const content = await readdir(cluster).catch(emptyWhenMissing);
    if (content.length > 0) return await checkCluster(cluster, programs);
    report('Creating the database cluster…');
    await removeDrafts(home.path);
    await createCluster(home, programs, password);
  } catch (error) {
    throw explainFailure(error, cluster);
  }
}

async function checkCluster(cluster: string, programs: ServerPrograms): Promise<void> {
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(emptyWhenMissing))
    .toString()
    .trim();
  const control = await access(join(cluster, 'global', 'pg_control')).then(
    () => true,
    () => false,
  );
  if (!version || !control) {
    throw new EmbeddedPostgresError(
      `${cluster} holds files, but not a whole database: restore the data directory from a backup, or choose another RESCIND_DATA_DIR.`,
    );
  }
  if (version !== programs.major) {
    throw new EmbeddedPostgresError(
      `The database in ${cluster} was made by PostgreSQL ${version}, and this Rescind carries PostgreSQL ${programs.major}: move the data over with pg_dump, or set DATABASE_URL to a PostgreSQL ${version} server that opens it.`,
    );
  }
}

async function createCluster(home: DatabaseHome, programs: ServerPrograms, password: string): Promise<void> {
  const draft = join(home.path, DRAFT + randomUUID());
  const passwordFile = `${draft}.password`;
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordFile, password, { mode: 0o600, flag: 'wx' });
    if (home.account) {
      await chown(draft, home.account.uid, home.account.gid);
      await chown(passwordFile, home.account.uid, home.account.gid);
    }
    await runInitdb(home, programs, draft, passwordFile);
    await rename(draft, clusterOf(home));
    await syncDirectory(home.path);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

async function runInitdb(
  home: DatabaseHome,
  programs: ServerPrograms,
  draft: string,
  passwordFile: string,
): Promise<void> {
  const flags = [
    `--pgdata=${draft}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  await new Promise<void>((resolve, reject) => {
    let said = '';
    const child = spawn(programs.initdb, flags, {
      ...home.account,
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(said || `initdb ended with ${code}`)),
    );
  });
}

/**
 * Unfinished clusters of starts that were killed. Their initdb may still be running, so each start uses a new name
 * and ignores failures here.
 */
async function removeDrafts(home: string): Promise<void> {
  const drafts = (await readdir(home)).filter((name) => name.startsWith(DRAFT));
  await Promise.all(
    drafts.map((name) => rm(join(home, name), { recursive: true, force: true }).catch(() => undefined)),
  );
}

function emptyWhenMissing(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
