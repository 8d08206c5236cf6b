import { createHash } from 'node:crypto';
import { access, chmod, constants, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile, makeDirectory } from '../../config/private-file.js';
import { EmbeddedPostgresError, explainFailure } from './embedded-postgres.error.js';
import { canReach, findServerAccount, type ServerAccount, SYSTEM_HOME } from './server-account.js';

/** Where a database is stored, and as which user it runs. */
export interface DatabaseHome {
  /** Holds the cluster (`postgres/`), its password, log, lock and list of users. */
  path: string;
  account: ServerAccount;
}

/** Names the directory of the database if it could not be stored in the data directory. */
const LOCATION = 'postgres-location';

/**
 * Decides where the database of `dataDir` is stored: in it, or, if this process is root and the database's user
 * cannot access the data directory, in a directory of its own under /var/lib/rescind. The choice is stored.
 * @throws EmbeddedPostgresError if neither place can be used, or if the data directory was moved away from its
 * database.
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

/** Whether a database was created for `dataDir`, completely or in part. */
export async function isDatabaseThere(dataDir: string): Promise<boolean> {
  const traces = [join(dataDir, 'postgres', 'PG_VERSION'), join(dataDir, LOCATION)];
  const found = await Promise.all(traces.map((path) => stat(path).catch(() => null)));
  return found.some((each) => each !== null);
}

/**
 * Creates the directory if it is missing, and checks that this process can write there.
 * @throws EmbeddedPostgresError
 */
export async function prepareDirectory(directory: string): Promise<string> {
  try {
    const made = await makeDirectory(directory);
    // The database's user must be able to enter it, whatever the umask; everything in it has its own permissions.
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
