import { loadPassword, urlsOf } from './database-access.js';
import { type DatabaseHome, findDatabaseHome } from './database-home.js';
import { explainFailure } from './embedded-postgres.error.js';
import { bringUp } from './embedded-server.js';
import { underLock } from './generation-lock.js';
import { findPostmaster, stopPostmaster } from './postmaster.js';
import { findServerPrograms } from './server-programs.js';
import { supervise } from './supervision.js';
import { readRegistry, registerSelf, writeRegistry } from './user-registry.js';

/** A use of the embedded database, from start to `stop`. */
export interface RunningPostgres {
  /** Connects to the database `rescind` as a user that owns nothing. Contains the password: not for logs. */
  url: string;
  /** The same as the owner of the database, who is no superuser. */
  ownerUrl: string;
  /** Where the database is: `dataDir`, or another directory if its user cannot access that. */
  dataDir: string;
  /** Other live processes were using the server already. */
  shared: boolean;
  /** Ends this use; the last user stops the server and waits until it has ended. May be called again. */
  stop(): Promise<void>;
}

/**
 * A PostgreSQL server under `dataDir`, listening only on 127.0.0.1. Processes that name the same directory share one
 * server, also if they start at the same time. A server whose users were all killed is taken over. While it is in
 * use, it is restarted on the same port if it dies.
 * @param options.report receives a sentence about whatever takes long or is done in an unexpected place.
 * @param options.port to listen on; by default the operating system chooses one. A running server keeps its port.
 * @throws EmbeddedPostgresError for whatever only a person can fix, with what to do.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  report: (line: string) => void;
  port?: number;
}): Promise<RunningPostgres> {
  try {
    const home = await findDatabaseHome(options.dataDir, options.report);
    return await join(home, options);
  } catch (error) {
    throw explainFailure(error, options.dataDir);
  }
}

async function join(
  home: DatabaseHome,
  { report, port }: { report: (line: string) => void; port?: number },
): Promise<RunningPostgres> {
  const programs = await findServerPrograms(home, report);
  const locked = <T>(work: () => Promise<T>) =>
    underLock(
      home.path,
      () => report('Waiting for another process that starts or stops the database…'),
      work,
    );
  const self = registerSelf();

  const { postmaster, password, shared } = await locked(async () => {
    const known = await readRegistry(home.path);
    const password = await loadPassword(home);
    const shared = known.users.length > 0;
    // Its users have URLs with the port: while they run, a server that died is restarted on the same port.
    const wanted = { required: (shared ? known.port : null) ?? port ?? null, preferred: known.port };
    const postmaster = await bringUp({ home, programs, password, report, port: wanted });
    await writeRegistry(home.path, { port: postmaster.port, users: [...known.users, self] });
    return { postmaster, password, shared };
  });

  const again = { home, programs, password, report, port: { required: postmaster.port, preferred: null } };
  const supervision = supervise(postmaster, () => locked(() => bringUp(again)), report);

  const leave = async () => {
    await supervision.end();
    await locked(async () => {
      const { port, users } = await readRegistry(home.path);
      const others = users.filter((user) => user.id !== self.id);
      const running = others.length === 0 ? findPostmaster(home) : null;
      if (running) await stopPostmaster(running);
      await writeRegistry(home.path, { port, users: others });
    });
  };
  let left: Promise<void> | null = null;
  return {
    ...urlsOf(postmaster.port, password),
    dataDir: home.path,
    shared,
    stop: () => (left ??= leave()),
  };
}
