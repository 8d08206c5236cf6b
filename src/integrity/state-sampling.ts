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
import {
  businessDifference,
  CutOffComparison,
  identityDifference,
  type Judgement,
  memberDifference,
  type StateDifference,
  tokenDifference,
} from './state-comparison.js';
import { LoggedState } from './logged-state.js';
import { StateRowsRepository, type SampledRow, type SampledTable } from './state-rows.repository.js';

const FIRST_ID = NIL_UUID;

const DIFFERENCES: Record<SampledTable, (row: never, judgement: Judgement) => StateDifference | null> = {
  tokens: tokenDifference,
  members: memberDifference,
  identities: identityDifference,
  businesses: ({ is_suspended }: { is_suspended: boolean }, judgement: Judgement) =>
    businessDifference(is_suspended, judgement),
};

/**
 * Compares all tokens, members, identities, businesses and cut-offs with the log, again and again, some of each in every
 * sealing period. Tokens that are affected by a difference are refused while that fault is open. One process does it at
 * a time.
 */
@Injectable()
export class StateSampling extends PeriodicService {
  private readonly logger = new Logger('Audit');
  private readonly after: Record<SampledTable, string> = {
    tokens: FIRST_ID,
    members: FIRST_ID,
    identities: FIRST_ID,
    businesses: FIRST_ID,
  };

  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly state: StateRowsRepository,
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
    const tables = (Object.keys(this.after) as SampledTable[]).map(
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

  private async next(table: SampledTable, manager: EntityManager): Promise<StateDifference[]> {
    const { sampledRows } = this.config;
    const rows = await this.state.next(table, this.after[table], sampledRows, manager);
    this.after[table] = rows.length < sampledRows ? FIRST_ID : (rows.at(-1)?.id ?? FIRST_ID);
    // What is said of a token's owner, and of those that it has replaced, is read as well.
    const beside = rows.flatMap(({ log, owner_id, ancestors }) =>
      [owner_id ?? [], ancestors ?? []].flat().map((id) => ({ log, id })),
    );
    const judgements = await this.judgements([...rows, ...beside], manager);
    return rows.flatMap(
      (row) => DIFFERENCES[table](row as never, judgements.get(row.log) as Judgement) ?? [],
    );
  }

  /** What each log says about the rows, as far as this service wrote the events. */
  private async judgements(
    things: readonly SampledRow[],
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
    const events = await this.state.eventsAbout([...unique.values()], manager);
    for (const event of await this.genuine.genuine(events))
      judgements.get(event.business_id)?.state.take(event);
    return judgements;
  }
}
