import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SERVER_START } from '../../../src/database/database-identity.js';
import { SERVER_RUN } from '../../../src/verifiers/registry.sql.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { runDirectory } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { PostgresCluster } from '../torture/postgres-cluster.mjs';
import { holdsLease } from '../verifiers.js';

/** What a process says of a database that shows less than it had acknowledged. */
const SAID = 'The database was set back';

export const saysSetBack = (process: RescindProcess): number => process.logs().split(SAID).length - 1;

interface Run {
  start: string;
  /** Null: the server has recovered from a crash, and no verifier has registered since. */
  mark: string | null;
}

/** A PostgreSQL of its own, to be set back and killed, and processes on it. */
export class House {
  readonly processes: RescindProcess[] = [];

  private constructor(
    readonly directory: string,
    readonly cluster: PostgresCluster,
  ) {}

  /** @param programs of PostgreSQL, in the place of the embedded ones */
  static async build(
    settings: Record<string, string> = {},
    programs?: { initdb: string; postgres: string },
  ): Promise<House> {
    const directory = mkdtempSync(join(runDirectory(), 'set-back-'));
    chmodSync(directory, 0o711);
    return new House(directory, await PostgresCluster.create(join(directory, 'cluster'), settings, programs));
  }

  /** @param databaseUrl where the process finds the cluster */
  async start(leaseMs: number, databaseUrl = this.cluster.url): Promise<RescindProcess> {
    const started = await startRescind({
      databaseUrl,
      env: { RESCIND_LEASE_MS: String(leaseMs), RESCIND_DATA_DIR: join(this.directory, 'data') },
    });
    this.processes.push(started);
    await waitFor('a lease', () => holdsLease(started));
    return started;
  }

  /** Which run of the server this is, as the protocol knows it. */
  async run(): Promise<Run> {
    const [row] = await this.cluster.sql<Run>(`SELECT ${SERVER_START} AS start, ${SERVER_RUN} AS mark`);
    return row as Run;
  }

  async end(): Promise<void> {
    await Promise.all(this.processes.map((each) => each.kill()));
    await this.cluster.stop('SIGQUIT');
    rmSync(this.directory, { recursive: true, force: true });
  }
}
