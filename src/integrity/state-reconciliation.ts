import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DroppedEvents } from '../audit/reading/dropped-events.repository.js';
import { GenuineEvents } from '../audit/reading/genuine-events.js';
import { IntegrityFaults, type IntegrityFault } from '../audit/sealing/integrity-faults.js';
import { LogReview } from '../audit/log-review.js';
import { OpenFaultsRepository } from '../audit/sealing/open-faults.repository.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { TokenProof } from '../verification/token-proof.js';
import {
  businessDifference,
  CutOffComparison,
  goneDifferences,
  identityDifference,
  type Judgement,
  memberDifference,
  type StateDifference,
  tokenDifference,
} from './state-comparison.js';
import { LoggedState } from './logged-state.js';
import { StateRowsRepository, type TokenState } from './state-rows.repository.js';

const ROWS_A_BATCH = 1000;
const FIRST_ID = PLATFORM_LOG;

/**
 * Compares tokens, members, identities and the business with everything in the log about them, under one snapshot. Takes
 * memory for each token of the business.
 */
@Injectable()
export class StateReconciliation {
  constructor(
    private readonly rows: StateRowsRepository,
    private readonly genuine: GenuineEvents,
    private readonly dropped: DroppedEvents,
    private readonly faults: IntegrityFaults,
    private readonly cutOffs: CutOffComparison,
    private readonly review: LogReview,
    private readonly open: OpenFaultsRepository,
    private readonly proof: TokenProof,
  ) {}

  businesses(): Promise<string[]> {
    return this.rows.businesses();
  }

  /**
   * Raises the alarm for each difference, of the log itself as well. Names also each fault that is open: what was found
   * before, or by others meanwhile, who may have put it right.
   * @param businessId null: the tokens of the platform itself
   * @param isRevokedElsewhere whether what was kept outside of the database says that a token was revoked
   */
  async run(
    businessId: string | null,
    isRevokedElsewhere: (tokenId: string) => boolean,
  ): Promise<StateDifference[]> {
    const logId = businessId ?? PLATFORM_LOG;
    await this.review.reviewWhole(logId);
    const found = await this.rows.atOneMoment(async (manager) => {
      const knownSince = await this.dropped.knownSince(logId, manager);
      const state = await this.loggedState(logId, manager);
      const judgement = {
        logId,
        state,
        knownSince,
        isForged: (row: TokenState) => this.proof.isForged(row),
        isRevokedElsewhere,
      };
      return [
        ...(await this.compareTokens(businessId, judgement, manager)),
        ...(await this.compareOwners(businessId, judgement, manager)),
        ...(await this.cutOffs.ofLog(businessId, judgement, manager)),
      ];
    });
    for (const { fault, id } of found) {
      this.faults.raise(fault, logId, id);
      await this.faults.settled();
    }
    await this.faults.settled();
    const told = new Set(found.map(({ fault, id }) => `${fault} ${id}`));
    const ofLog = [...this.faults.foundOf(logId), ...(await this.open.ofLog(logId))];
    const more = new Map(ofLog.map(({ fault, subject }) => [`${fault} ${subject}`, { fault, id: subject }]));
    return [
      ...found,
      ...[...more]
        .filter(([key]) => !told.has(key))
        .map(([, { fault, id }]) => ({ fault: fault as IntegrityFault, logId, id, what: fault })),
    ];
  }

  private async loggedState(logId: string, manager: EntityManager): Promise<LoggedState> {
    const state = new LoggedState();
    for (let after = 0; ;) {
      const rows = await this.rows.events(logId, after, ROWS_A_BATCH, manager);
      // Events that others wrote raise the alarm and are not used.
      for (const row of await this.genuine.genuine(rows)) state.take(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS_A_BATCH) return state;
      after = Number(last.sequence);
    }
  }

  private async compareTokens(
    businessId: string | null,
    judgement: Judgement,
    manager: EntityManager,
  ): Promise<StateDifference[]> {
    const { logId, state } = judgement;
    const found: StateDifference[] = [];
    const met = new Set<string>();
    for (let after: string = FIRST_ID; ;) {
      const rows = await this.rows.tokens(businessId, after, ROWS_A_BATCH, manager);
      for (const row of rows) {
        met.add(row.id);
        found.push(...some(tokenDifference(row, judgement)));
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS_A_BATCH)
        return [...found, ...goneDifferences('token', logId, state.tokens.keys(), met)];
      after = last.id;
    }
  }

  private async compareOwners(
    businessId: string | null,
    judgement: Judgement,
    manager: EntityManager,
  ): Promise<StateDifference[]> {
    if (businessId === null) return [];
    const members = await this.rows.members(businessId, manager);
    const identities = await this.rows.identities(businessId, manager);
    const isSuspended = await this.rows.isSuspended(businessId, manager);
    const { logId, state } = judgement;
    const idsOf = (rows: readonly { id: string }[]): Set<string> => new Set(rows.map(({ id }) => id));
    return [
      ...members.map((row) => memberDifference(row, judgement)),
      ...goneDifferences('member', logId, state.members.keys(), idsOf(members)),
      ...identities.map((row) => identityDifference(row, judgement)),
      ...goneDifferences('identity', logId, state.identities.keys(), idsOf(identities)),
      businessDifference(isSuspended, judgement),
    ].flatMap(some);
  }
}

function some<Value>(value: Value | null): Value[] {
  return value === null ? [] : [value];
}
