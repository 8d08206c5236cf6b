import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import { ReachedDatabase } from '../../../src/database/reached-database.js';
import { DatabaseClock } from '../../../src/revocation/database-clock.js';
import { Registry } from '../../../src/revocation/registry.js';
import { ServerYouth } from '../../../src/revocation/server-youth.js';
import { VerifierConnection } from '../../../src/revocation/verifier-connection.js';
import { Verifier } from '../../../src/revocation/verifier.js';
import { SecretHasher } from '../../../src/secrets/secret-hasher.js';
import { ChosenSecrets } from '../../../src/verification/chosen-secrets.js';
import { LastUsed } from '../../../src/verification/last-used.js';
import type { VerdictMemory } from '../../../src/verification/verdict-memory.js';
import { Verdicts } from '../../../src/verification/verdicts.js';
import { VerdictsRepository, type FoundToken } from '../../../src/verification/verdicts.repository.js';
import { testRun } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

const LEASE_MS = 2000;
const VERDICTS_MAX = 1000;

/** Reads at once, and hands out what it read when it is told to. */
export class HeldRepository extends VerdictsRepository {
  /** Each answer goes through this between its reading and its use. */
  hold: (found: FoundToken | null) => Promise<void> = () => Promise.resolve();

  override async findByPublicId(publicId: string): Promise<FoundToken | null> {
    const found = await super.findByPublicId(publicId);
    await this.hold(found);
    return found;
  }
}

export interface ProcessVerdicts {
  verdicts: Verdicts;
  repository: HeldRepository;
  verifier: Verifier;
  end(): Promise<void>;
}

/**
 * Verdicts of this very process, on a real database and a lease of its own: a registered verifier, for which every
 * revocation waits. @param memory in the place of its own
 */
export async function processVerdicts(url: string, memory?: VerdictMemory): Promise<ProcessVerdicts> {
  const dataSource = await new DataSource(dataSourceOptions({ url, poolMax: 4 })).initialize();
  const clock = new DatabaseClock();
  const revocation = { leaseMs: LEASE_MS, barrierMarginMs: 5000 };
  const database = {
    url,
    listenUrl: url,
    poolMax: 4,
    synchronousCommit: 'on' as const,
    idleInTransactionMs: 1000,
    lockTimeoutMs: 3000,
    queryTimeoutMs: 15_000,
  };
  const reached = new ReachedDatabase();
  const registry = new Registry(database, revocation, reached);
  const connection = new VerifierConnection(revocation, database, registry, reached, new ServerYouth());
  const verifier = new Verifier(revocation, connection, registry, clock, reached);
  const verification = {
    memoryEnabled: true,
    activeVerdictsMax: VERDICTS_MAX,
    negativeVerdictsMax: VERDICTS_MAX,
    lastUsedFlushMs: 5000,
  };
  const repository = new HeldRepository(dataSource, clock);
  const verdicts = new Verdicts(
    new SecretHasher({ pepper: pepperOfRun(), retiredPeppers: [] } as never),
    repository,
    verifier,
    clock,
    new LastUsed(dataSource, verification),
    new ChosenSecrets(dataSource),
    verification,
  );
  if (memory !== undefined) {
    Object.assign(verdicts, { memory });
    verifier.attach(memory);
  }
  verifier.onApplicationBootstrap();
  await waitFor('a lease', () => verifier.lease.holds());
  const end = async (): Promise<void> => {
    await verifier.beforeApplicationShutdown();
    await registry.onApplicationShutdown();
    await dataSource.destroy();
  };
  return { verdicts, repository, verifier, end };
}

function pepperOfRun(): { id: string; key: Buffer } {
  const key = Buffer.from(testRun().secrets.RESCIND_PEPPER, 'base64');
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), key };
}
