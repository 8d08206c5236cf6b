import { Turns } from '../../../src/admission/turns.js';
import { policyConfig } from '../../../src/config/policy.config.js';
import { verifierStreamConfig } from '../../../src/config/verification.config.js';
import type { Asker } from '../../../src/verification/presentation.js';
import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import { VERIFY_LANE_SETTINGS } from '../../../src/database/lanes.js';
import { ReachedDatabase } from '../../../src/database/reached-database.js';
import type { ClientVerifiers } from '../../../src/lease/client-verifiers/client-verifiers.js';
import { PostgresRegistry } from '../../../src/verifiers/registry.js';
import { PostgresFeed } from '../../../src/verifiers/verifier-session.js';
import { protocolOn } from '../../../src/verifiers/verifiers.module.js';
import type { Verifier } from '../../../src/lease/verifier.js';
import { SecretHasher } from '../../../src/secrets/secret-hasher.js';
import { ChosenSecrets } from '../../../src/verification/chosen-secrets.js';
import { LastUsed } from '../../../src/verification/last-used.js';
import type { Changes } from '../../../src/changes/changes.js';
import { RefusedUses } from '../../../src/verification/refused-uses.js';
import { TokenUsage } from '../../../src/verification/usage/token-usage.js';
import { UsageRepository } from '../../../src/verification/usage/usage.repository.js';
import type { VerdictCache } from '../../../src/verification/verdict-cache.js';
import { Verdicts } from '../../../src/verification/verdicts.js';
import { VerdictsRepository, type FoundToken } from '../../../src/verification/verdicts.repository.js';
import { testRun } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import type { IntegrityFaults } from '../../../src/audit/sealing/integrity-faults.js';
import { TokenProof } from '../../../src/verification/token-proof.js';
import { tokenMacs } from '../../support/token-mac.js';

/** No alarm is heard here; what is refused is refused. */
const ROW_PROOF = new TokenProof(
  tokenMacs(),
  { raise: () => undefined } as unknown as IntegrityFaults,
  { adopts: false } as ConstructorParameters<typeof TokenProof>[2],
);

/** What is remembered has to be asked for within it, on a busy machine too; a revocation that waits for it is refused after 6 s. */
const LEASE_MS = 3000;
const VERDICTS_MAX = 1000;

/** Reads at once, and hands out what it read when it is told to. */
class HeldRepository extends VerdictsRepository {
  /** Each answer goes through this between its reading and its use. */
  hold: (found: FoundToken | null) => Promise<void> = () => Promise.resolve();

  override async findByPublicId(publicId: string, asker: Asker): Promise<FoundToken | null> {
    const found = await super.findByPublicId(publicId, asker);
    await this.hold(found);
    return found;
  }
}

export interface ProcessVerdicts {
  verdicts: Verdicts;
  usage: TokenUsage;
  repository: HeldRepository;
  verifier: Verifier;
  clients: ClientVerifiers;
  end(): Promise<void>;
}

/**
 * Verdicts of this very process, on a real database and a lease of its own: a registered verifier, for which every
 * revocation waits. @param memory in the place of its own
 */
export async function processVerdicts(url: string, memory?: VerdictCache): Promise<ProcessVerdicts> {
  const dataSource = await new DataSource(
    dataSourceOptions({ url, poolMax: 4, ...VERIFY_LANE_SETTINGS }),
  ).initialize();
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
  const registry = new PostgresRegistry(database, revocation, reached);
  const protocol = protocolOn(new PostgresFeed(revocation, database), registry, reached, revocation);
  const { clients, verifier, databaseClock: clock } = protocol;
  const verification = {
    memoryEnabled: true,
    activeVerdictsMax: VERDICTS_MAX,
    negativeVerdictsMax: VERDICTS_MAX,
    lastUsedFlushMs: 5000,
  };
  const usage = new TokenUsage(new UsageRepository(dataSource), clock, { recording: 'full', days: 1 });
  const turns = new Turns(policyConfig(), { ...database, poolMax: 24 }, verifierStreamConfig());
  const repository = new HeldRepository(dataSource, clock, ROW_PROOF, turns);
  const verdicts = new Verdicts(
    new SecretHasher({ pepper: pepperOfRun(), retiredPeppers: [] }),
    repository,
    verifier,
    clock,
    new LastUsed(new UsageRepository(dataSource), usage, verification),
    new ChosenSecrets(repository),
    // Never started: it writes nothing.
    new RefusedUses(undefined as unknown as Changes, turns, clock),
    usage,
    verification,
  );
  if (memory !== undefined) {
    Object.assign(verdicts, { memory });
    verifier.attach(memory);
  }
  verifier.start();
  await waitFor('a lease', () => verifier.lease.holds());
  const end = async (): Promise<void> => {
    await verifier.end();
    await registry.onApplicationShutdown();
    await dataSource.destroy();
  };
  return { verdicts, usage, repository, verifier, clients, end };
}

function pepperOfRun(): { id: string; key: Buffer } {
  const key = Buffer.from(testRun().secrets.RESCIND_PEPPER, 'base64');
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), key };
}
