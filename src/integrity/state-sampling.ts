import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { EntityManager } from 'typeorm';
import { NIL as NIL_UUID } from 'uuid';
import { DroppedEvents } from '../audit/reading/dropped-events.repository.js';
import { GenuineEvents } from '../audit/reading/genuine-events.js';
import { IntegrityFaults } from '../audit/sealing/integrity-faults.js';
import { loggableError } from '../common/errors/driver-error.js';
import { PeriodicService } from '../common/periodic-task.js';
import { auditConfig } from '../config/audit.config.js';
import { leads } from '../database/leadership.js';
import { TokenProof } from '../verification/token-proof.js';
import { CutOffComparison } from './cut-off-comparison.js';
import { LoggedState } from './logged-state.js';
import { SampledRowsRepository } from './sampled-rows.repository.js';
import {
  businessDifference,
  identityDifference,
  memberDifference,
  tokenDifference,
  type Judgement,
  type StateDifference,
} from './state-comparison.js';
import { StateRowsRepository } from './state-rows.repository.js';

const FIRST_ID = NIL_UUID;

/** Some rows of one table, and how each is compared. */
interface Sample {
  rows: readonly { id: string; log: string }[];
  /** Further ids whose events are read. */
  beside: readonly { id: string; log: string }[];
  compare: (row: never, judgement: Judgement) => StateDifference | null;
}

type Table = 'tokens' | 'members' | 'identities' | 'businesses';

/**
 * Compares all tokens, members, identities, businesses and cut-offs with the log, again and again, some of each in every
 * sealing period. Tokens that are affected by a difference are refused while that fault is open. One process does it at
 * a time.
 */
@Injectable()
export class StateSampling extends PeriodicService {
  private readonly logger = new Logger('Audit');
  private readonly after: Record<Table, string> = {
    tokens: FIRST_ID,
    members: FIRST_ID,
    identities: FIRST_ID,
    businesses: FIRST_ID,
  };

  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly state: StateRowsRepository,
    private readonly sampled: SampledRowsRepository,
    private readonly genuine: GenuineEvents,
    private readonly dropped: DroppedEvents,
    private readonly faults: IntegrityFaults,
    private readonly cutOffs: CutOffComparison,
    private readonly proof: TokenProof,
  ) {
    super(config.sealMs);
  }

  protected override get isWanted(): boolean {
    return this.config.sampledRows > 0;
  }

  override async round(stopped: AbortSignal): Promise<void> {
    const tables = (Object.keys(this.after) as Table[]).map(
      (table) => (manager: EntityManager) => this.next(table, manager),
    );
    const cutOffs = (manager: EntityManager) => this.cutOffs.next(this.config.sampledRows, manager);
    for (const next of [...tables, cutOffs]) {
      if (stopped.aborted) return;
      try {
        await this.state.atOneMoment(async (manager) => {
          const found = (await leads('state_sampling', manager)) ? await next(manager) : [];
          for (const { fault, logId, id } of found) this.faults.raise(fault, logId, id);
          // Before what it puts right is committed: whoever compares meanwhile finds the one or the other.
          await this.faults.settled();
        });
      } catch (error) {
        this.logger.warn(
          loggableError(error),
          'State could not be compared with the log; it will be retried.',
        );
      }
    }
  }

  private async next(table: Table, manager: EntityManager): Promise<StateDifference[]> {
    const { rows, beside, compare } = await this.sample(table, manager);
    this.after[table] = rows.length < this.config.sampledRows ? FIRST_ID : (rows.at(-1)?.id ?? FIRST_ID);
    const judgements = await this.judgements([...rows, ...beside], manager);
    return rows.flatMap((row) => {
      const difference = compare(row as never, judgements.get(row.log) as Judgement);
      return difference === null ? [] : [difference];
    });
  }

  private async sample(table: Table, manager: EntityManager): Promise<Sample> {
    const [after, count] = [this.after[table], this.config.sampledRows];
    switch (table) {
      case 'tokens': {
        const rows = await this.sampled.tokens(after, count, manager);
        const beside = rows.flatMap(({ log, owner_id, ancestors }) =>
          [owner_id ?? [], ancestors].flat().map((id) => ({ log, id })),
        );
        return { rows, beside, compare: tokenDifference };
      }
      case 'members':
        return {
          rows: await this.sampled.members(after, count, manager),
          beside: [],
          compare: memberDifference,
        };
      case 'identities':
        return {
          rows: await this.sampled.identities(after, count, manager),
          beside: [],
          compare: identityDifference,
        };
      case 'businesses':
        return {
          rows: await this.sampled.businesses(after, count, manager),
          beside: [],
          compare: ({ is_suspended }: { is_suspended: boolean }, judgement: Judgement) =>
            businessDifference(is_suspended, judgement),
        };
    }
  }

  /** What each log says about the rows, as far as this service wrote the events. */
  private async judgements(
    things: readonly { id: string; log: string }[],
    manager: EntityManager,
  ): Promise<Map<string, Judgement>> {
    const judgements = new Map<string, Judgement>();
    for (const { log: logId } of things)
      if (!judgements.has(logId))
        judgements.set(logId, {
          logId,
          state: new LoggedState(),
          knownSince: await this.dropped.knownSince(logId, manager),
          isForged: (row) => this.proof.isForged(row),
          isRevokedElsewhere: () => false,
        });
    const unique = new Map(things.map((thing) => [`${thing.log} ${thing.id}`, thing]));
    const events = await this.sampled.events([...unique.values()], manager);
    for (const event of await this.genuine.genuine(events))
      judgements.get(event.business_id)?.state.take(event);
    return judgements;
  }
}
