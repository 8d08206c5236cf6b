// @ts-check
import { existsSync } from 'node:fs';

/**
 * Where a run takes place, chosen by its seed unless it is named: what each of them costs in speed, or hides, is not
 * to be had in every run.
 *
 * - `durable`: PostgreSQL waits for the disk, as it should in production.
 * - `standby`: it waits for a synchronous standby.
 * - `disk`: its data lies on a small disk of its own, where mounting one is permitted.
 * - `pooler`: verifiers reach it through PgBouncer in transaction mode, where that is installed.
 * - `clocks`: verifiers have monotonic clocks that can stand still, where there is a compiler.
 * - `smallMemory`: one verifier has room for fewer verdicts than are asked of it.
 * - `workers`: how many HTTP processes another one runs.
 * - `children`: how many programs with a client verifier hang on the servers.
 */
export function profileFor(random, named) {
  const chosen = {
    durable: random.next() < 0.3,
    standby: random.next() < 0.4,
    disk: random.next() < 0.5,
    pooler: random.next() < 0.25,
    clocks: true,
    smallMemory: true,
    workers: 2,
    children: 3,
  };
  return { ...(named === undefined ? chosen : { ...NOTHING_SPECIAL, ...named }) };
}

const NOTHING_SPECIAL = {
  durable: false,
  standby: false,
  disk: false,
  pooler: false,
  clocks: false,
  smallMemory: false,
  workers: 1,
  children: 0,
};

/** Debian keeps servers where the path of an ordinary user does not look. */
const DIRECTORIES = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];

/** @returns {string | undefined} */
export function findProgram(name) {
  return DIRECTORIES.map((directory) => `${directory}/${name}`).find(existsSync);
}
