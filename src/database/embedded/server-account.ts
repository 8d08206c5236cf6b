import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';

/** Where root stores what the database's user cannot access elsewhere. */
export const SYSTEM_HOME = '/var/lib/rescind';

const run = promisify(execFile);
const NAME = 'postgres';

/** The operating system's user that PostgreSQL runs as; null: the user of this process. */
export type ServerAccount = { uid: number; gid: number } | null;

/**
 * PostgreSQL refuses to run as root. If this process is root, the server runs as the user that owns the existing
 * database, or as `postgres`, which is created if missing.
 * @param owner of the existing database, if there is one.
 * @throws EmbeddedPostgresError if there is no such user and it cannot be created.
 */
export async function findServerAccount(owner: { uid: number; gid: number } | null): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return null;
  if (owner && owner.uid !== 0) return owner;
  const account = (await lookUp()) ?? (await create());
  const probe = spawnSync('/bin/sh', ['-c', ':'], { ...account, cwd: '/' });
  if (probe.status !== 0)
    throw hopeless('this root user may not start programs as another user', probe.error);
  return account;
}

/** Tries it as that user, so that ACLs and mount options count as well as permission bits. */
export function canReach(account: ServerAccount, path: string, rights: 'traverse' | 'read'): boolean {
  if (!account) return true;
  const test = rights === 'traverse' ? 'test -x "$0"' : 'test -r "$0" && test -x "$0"';
  return spawnSync('/bin/sh', ['-c', test, path], { ...account, cwd: '/', stdio: 'ignore' }).status === 0;
}

async function lookUp(): Promise<{ uid: number; gid: number } | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', NAME]), run('id', ['-g', NAME])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

async function create(): Promise<{ uid: number; gid: number }> {
  try {
    await run('groupadd', ['--force', '--system', NAME]);
    await run('useradd', ['--system', '--gid', NAME, '--no-create-home', '--home-dir', '/nonexistent', NAME]);
  } catch (error) {
    // Another start may have created it first; it is an error only if it does not exist.
    const account = await lookUp();
    if (!account) throw hopeless(`the user \`${NAME}\` could not be made`, error);
    return account;
  }
  const account = await lookUp();
  if (!account) throw hopeless(`the user \`${NAME}\` could not be made`, null);
  return account;
}

function hopeless(why: string, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and ${why}: run Rescind as an ordinary user, or set DATABASE_URL to a PostgreSQL server of your own.`,
    { cause },
  );
}
