import { createHash } from 'node:crypto';
import { access, chmod, constants, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../../config/make-directory.js';
import { createFile } from '../../config/private-file.js';
import { EmbeddedPostgresError, explainFailure } from './embedded-postgres.error.js';
import { canReach, findServerAccount, type ServerAccount } from './server-account.js';
import { SYSTEM_HOME } from './system-home.js';

/** Where a database is kept and as whom it runs. */
export interface DatabaseHome {
  /** Holds the cluster (`postgres/`), its password, log, lock and list of users. */
  path: string;
  account: ServerAccount;
}

/** Tells where the database of a data directory is, if it had to be kept elsewhere. */
const LOCATION = 'postgres-location';

/**
 * Decides where the database of `dataDir` is kept: in it, or, as root with a data directory that the
 * database's user cannot reach, in a directory of its own under /var/lib/rescind. The choice is kept.
 * @throws EmbeddedPostgresError when neither place can be used, or the data directory was moved away from its database.
 */
export async function findDatabaseHome(
  dataDir: string,
  report: (line: string) => void,
): Promise<DatabaseHome> {
  const path = await prepareDirectory(dataDir);
  const cluster = await stat(join(path, 'postgres')).catch(() => null);
  const account = await findServerAccount(cluster);
  const elsewhere = join(SYSTEM_HOME, createHash('sha256').update(path).digest('hex').slice(0, 16));
  const recorded = (await readFile(join(path, LOCATION), 'utf8').catch(() => '')).trim();
  if (recorded && recorded !== elsewhere) throw moved(path, recorded, elsewhere);
  if (!recorded && canReach(account, path, 'traverse')) return { path, account };
  if (cluster) throw unreachable(path);
  if (!recorded) await createFile(join(path, LOCATION), `${elsewhere}\n`, 0o644);
  report(`The database's user cannot reach ${path}: the database is kept in ${elsewhere}.`);
  await prepareDirectory(elsewhere);
  if (!canReach(account, elsewhere, 'traverse')) throw unreachable(elsewhere);
  return { path: elsewhere, account };
}

/** Whether a database has been made for `dataDir`, or begun. */
export async function isDatabaseThere(dataDir: string): Promise<boolean> {
  const traces = [join(dataDir, 'postgres', 'PG_VERSION'), join(dataDir, LOCATION)];
  const found = await Promise.all(traces.map((path) => stat(path).catch(() => null)));
  return found.some((each) => each !== null);
}

/**
 * Makes the directory if it is missing, and sees that this process can write there.
 * @throws EmbeddedPostgresError
 */
export async function prepareDirectory(directory: string): Promise<string> {
  try {
    const made = await makeDirectory(directory);
    // The database's user must pass through, whatever the umask; everything in it has permissions of its own.
    if (process.getuid?.() === 0) await Promise.all(made.map((each) => chmod(each, 0o711)));
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return await realpath(directory);
  } catch (error) {
    throw explainFailure(error, directory);
  }
}

function unreachable(path: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The database in ${path} cannot be reached by the user it runs as: allow passing through every directory above it (\`chmod o+x\`), or run Rescind as an ordinary user.`,
  );
}

function moved(path: string, recorded: string, elsewhere: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${path} was moved or copied, and its database is still in ${recorded}: take it along with \`mv ${recorded} ${elsewhere} && echo ${elsewhere} > ${join(path, LOCATION)}\`, or point RESCIND_DATA_DIR to an empty directory.`,
  );
}
