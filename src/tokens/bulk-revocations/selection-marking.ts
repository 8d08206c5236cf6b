import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { PLATFORM_LOG, SYSTEM_CONTEXT } from '../../audit/trail/audit-draft.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { isLockTimeout, loggableError } from '../../common/errors/driver-error.js';
import { PeriodicTask } from '../../common/periodic-task.js';
import { RevokeLane } from '../../database/revoke-lane.js';
import { emptyTransaction } from '../../database/transaction-id.js';
import { whileLeading } from '../../database/leadership.js';
import { emptied } from '../../database/prepared.js';
import { Barrier } from '../../revocation/barrier.js';
import { monotonicMs } from '../../revocation/monotonic.js';
import type { BarrierFacts } from '../../revocation/barrier-facts.js';
import type { BarrierWatch } from '../../revocation/barrier-progress.js';
import { markInRounds, type Marking } from '../marking-rounds.js';
import { KeptBarriers } from '../receipts/kept-barriers.js';
import { revocationEvent } from '../revocation-batch/revocation-transaction.js';
import { RevocationsRepository } from '../revocations.repository.js';
import { RevocationRequestsRepository } from './revocation-requests.repository.js';
import type { OpenRow, RequestRow } from './revocation-requests.sql.js';

const EVERY_MS = 1000;
/** Their log is held for as long as these take: some ten milliseconds. */
const TOKENS_A_STEP = 250;
/** A row that somebody holds is tried again after this. */
const HELD_MS = 50;
/** How long a call waits for rows and logs that others hold, of this process's time. */
const WAIT_MS_MAX = 20_000;

type Step = 'more' | 'held' | 'over';

/**
 * Revokes the tokens of sets, some in a transaction with an event each. The call that asked for it does it and waits; when
 * its process dies any other one goes on. Which are done is part of each transaction, so that none is revoked twice.
 */
@Injectable()
export class SelectionMarking implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Tokens');
  private readonly turns = new PeriodicTask((stopped) => this.run(stopped), EVERY_MS);
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: Changes,
    private readonly lane: RevokeLane,
    private readonly requests: RevocationRequestsRepository,
    private readonly revocations: RevocationsRepository,
    private readonly barrier: Barrier,
    private readonly barriers: KeptBarriers,
  ) {}

  onApplicationBootstrap(): void {
    this.turns.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.turns.stop();
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
      if (monotonicMs() - waitsSince > WAIT_MS_MAX || this.stopped) throw refusal('revocation.unconfirmed');
      await delay(HELD_MS);
    }
    // Whoever has made the steps: each is a transaction of its own.
    const barrier = await this.barrier.waitForAllOf(
      businessId,
      await this.lane.look(businessId, emptyTransaction),
      watch,
    );
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

  private async run(stopped: AbortSignal): Promise<void> {
    try {
      if ((await this.requests.findOpen(null)).length === 0) return;
      await whileLeading(this.dataSource, 'revocation_sets', stopped, (over) =>
        markInRounds(this.open, over),
      );
    } catch (error) {
      this.failed(error);
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
    failed: (error, { businessId }) => this.failed(error, businessId),
  };

  private failed(error: unknown, businessId?: string): void {
    this.logger.warn(
      { ...loggableError(error), business_id: businessId },
      'A bulk revocation could not be completed, or an expired request for one not be closed; it will be retried.',
    );
  }

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
        change.events.push(revocationEvent(event, row, origin));
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
