import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { PLATFORM_LOG, SYSTEM_CONTEXT } from '../../audit/trail/audit-draft.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { Settled } from '../../changes/settled.js';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { isLockTimeout, loggableError } from '../../common/errors/driver-error.js';
import { PeriodicService } from '../../common/periodic-task.js';
import { emptied } from '../../database/prepared.js';
import { monotonicMs } from '../../verifiers/monotonic.js';
import type { BarrierFacts } from '../../lease/barrier-facts.js';
import type { BarrierWatch } from '../../lease/barrier-progress.js';
import { MARKING_EVERY_MS, markWhileLeading, TOKENS_A_STEP, type Marking } from '../marking-rounds.js';
import { KeptBarriers } from '../receipts/kept-barriers.repository.js';
import { revocationEvent } from '../one-revocation.js';
import { RevocationsRepository } from '../revocations.repository.js';
import {
  RevocationRequestsRepository,
  type OpenRow,
  type RequestRow,
} from './revocation-requests.repository.js';

/** A row that somebody holds is tried again after this. */
const HELD_MS = 50;
/** How long a call waits for rows and logs that others hold, of this process's time. */
const WAIT_MS_MAX = 20_000;
const FAILED =
  'A bulk revocation could not be completed, or an expired request for one not be closed; it will be retried.';

type Step = 'more' | 'held' | 'over';

/**
 * Revokes the tokens of sets, some in a transaction with an event each. The call that asked for it does it and waits; when
 * its process dies any other one goes on. Which are done is part of each transaction, so that none is revoked twice.
 */
@Injectable()
export class SelectionMarking extends PeriodicService {
  private readonly logger = new Logger('Tokens');

  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: Changes,
    private readonly requests: RevocationRequestsRepository,
    private readonly revocations: RevocationsRepository,
    private readonly settled: Settled,
    private readonly barriers: KeptBarriers,
  ) {
    super(MARKING_EVERY_MS, 'Tokens', FAILED);
  }

  override round(stopped: AbortSignal): Promise<void> {
    return markWhileLeading(this.open, this.dataSource, 'revocation_sets', stopped);
  }

  /**
   * Resolves once every token of the set is revoked, and no verifier can answer "active" for any of them any more (R1).
   * @throws DomainError `revocation.unconfirmed` when somebody holds one of them for too long; the others are revoked then, and
   * the rest as soon as it is free
   */
  async complete(businessId: string | null, id: string, watch?: BarrierWatch): Promise<BarrierFacts> {
    for (let waitsSince: number | null = null; ;) {
      const step = await this.attempt(businessId, id);
      if (step === 'over') break;
      waitsSince = step === 'more' ? null : (waitsSince ?? monotonicMs());
      if (waitsSince === null) continue;
      if (monotonicMs() - waitsSince > WAIT_MS_MAX || this.rounds.isStopping)
        throw refusal('revocation.unconfirmed');
      await delay(HELD_MS);
    }
    // Whoever has made the steps: each is a transaction of its own.
    const barrier = await this.settled.everywhere(businessId, watch);
    this.barriers.keep(businessId, id, barrier);
    return barrier;
  }

  /** The set stands, whatever keeps its tokens from being marked: nobody is told that nothing was changed. */
  private async attempt(businessId: string | null, id: string): Promise<Step> {
    try {
      return await this.step(businessId, id);
    } catch (error) {
      if (isLockTimeout(error) || error instanceof DomainError) return 'held';
      throw refusal('revocation.unconfirmed', { cause: error });
    }
  }

  private readonly open: Marking<OpenRow> = {
    after: (last) => this.requests.findOpen(last),
    step: async ({ id, businessId, state }) => {
      const log = businessId === PLATFORM_LOG ? null : businessId;
      if (state === 'marking') return (await this.step(log, id)) === 'more';
      await this.expire(log, id);
      return false;
    },
    failed: (error, { businessId }) =>
      this.logger.warn({ ...loggableError(error), business_id: businessId }, FAILED),
  };

  private async step(businessId: string | null, id: string): Promise<Step> {
    const { result } = await this.changes.commitEnd(SYSTEM_CONTEXT, businessId, async (change) => {
      const request = await this.requests.hold(businessId, id, change.manager);
      return request?.state === 'marking' ? this.mark(change, request) : 'over';
    });
    return result;
  }

  private async mark(change: Change, { id, terms, askedBy }: RequestRow): Promise<Step> {
    const { manager, businessId } = change;
    const ids = await this.requests.lockDue(id, TOKENS_A_STEP, manager);
    if (ids.length === 0) {
      if (await this.requests.isDue(id, manager)) return 'held';
      const tokensRevoked = await this.requests.finish(id, manager);
      change.record({
        action: 'token.selection_marked',
        target: { kind: 'revocation', id },
        reason: terms.reason,
        details: { tokens_revoked: tokensRevoked },
      });
      return 'over';
    }
    const facts = { revokedBy: askedBy, reason: terms.reason };
    const author = { ...SYSTEM_CONTEXT, label: askedBy };
    const event = { businessId, author, reason: terms.reason };
    const origin = { cause: 'selection', origin: id } as const;
    const revoked: string[] = [];
    for await (const rows of this.revocations.revokeInParts(ids, facts, manager)) {
      for (const row of rows) {
        change.record(revocationEvent(event, row, origin));
        if (row.revoked_with === null) revoked.push(row.id);
      }
      emptied(rows);
      await change.writeSoFar();
    }
    await this.requests.noteMarked(id, ids, revoked, manager);
    return 'more';
  }

  private async expire(businessId: string | null, id: string): Promise<void> {
    await this.changes.commit(SYSTEM_CONTEXT, businessId, async (change) => {
      const askedBy = await this.requests.expire(id, change.manager);
      if (askedBy === null) return;
      change.record({
        action: 'revocation.expired',
        target: { kind: 'revocation', id },
        details: { asked_by: askedBy },
      });
    });
  }
}
