import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../config/private-file.js';
import { findProcess, isRunning, type ProcessIdentity } from './process-identity.js';

/** One use of the running database by one process. */
interface DatabaseUser extends ProcessIdentity {
  id: string;
}

interface Registry {
  /** The port the server listened on last; kept, so that its users can reconnect after a restart. */
  port: number | null;
  users: DatabaseUser[];
}

const FILE = 'postgres-users.json';

/** A new use by this process; to be written with `writeRegistry`. */
export function registerSelf(): DatabaseUser {
  const self = findProcess(process.pid);
  if (!self) throw new Error('this process cannot find itself');
  return { id: randomUUID(), ...self };
}

/**
 * Who uses the database in `home` now; users that died are left out. Read and write only under the lock.
 * A registry that cannot be read counts as empty: it is only a list of processes.
 */
export async function readRegistry(home: string): Promise<Registry> {
  try {
    const { port, users } = JSON.parse(await readFile(join(home, FILE), 'utf8')) as Registry;
    return { port, users: users.filter(isRunning) };
  } catch {
    return { port: null, users: [] };
  }
}

export function writeRegistry(home: string, registry: Registry): Promise<void> {
  return replaceFile(join(home, FILE), JSON.stringify(registry), 0o644);
}
