import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { beginChange, lockEveryLog } from '../audit/trail/begin-change.js';
import { PLATFORM_LOG, type AuditContext } from '../audit/trail/audit-draft.js';
import { AuditTrail } from '../audit/trail/audit-trail.js';
import { isSerializationFailure } from '../common/errors/driver-error.js';
import { sessionOf } from '../database/prepared.js';
import { RevokeLane } from '../database/revoke-lane.js';
import { Barrier } from '../revocation/barrier.js';
import type { BarrierFacts } from '../revocation/barrier-facts.js';
import type { BarrierWatch } from '../revocation/barrier-progress.js';
import { Change } from './change.js';
import { ChangeOutcomes } from './change-outcomes.js';
import { HolderWatch } from './holder-watch.js';

/** What is done in the transaction. */
type Work<Result> = (change: Change) => Result | Promise<Result>;

/** A change that was committed, and that verifiers may still have to learn of. */
interface Committed<Result> {
  result: Result;
  transactionId: string;
  waitsForVerifiers: boolean;
  restsOnEarlier: boolean;
}

interface EndOptions<Result> {
  everyLog?: boolean;
  committed?: ((result: Result) => BarrierWatch | undefined) | undefined;
}

/** A change that lost to others this often loses to them for a reason. */
const ATTEMPTS_MAX = 4;

/**
 * The one way in which somebody changes something: a transaction that proves its author again, makes the change, and
 * records it. What is asked for often shares transactions (SharedChanges); revocations of single tokens have their own
 * (src/tokens/revocation-batch).
 */
@Injectable()
export class Changes {
  constructor(
    private readonly dataSource: DataSource,
    private readonly revokeLane: RevokeLane,
    private readonly trail: AuditTrail,
    private readonly barrier: Barrier,
    private readonly holders: HolderWatch,
    private readonly outcomes: ChangeOutcomes,
  ) {}

  /**
   * Runs `work` in one transaction in the log of `businessId` (null: the platform's). Changes of one log come one after
   * the other. `work` may be run again, when the database asks for the transaction to be repeated.
   * @throws DomainError `authentication.invalid` or `permission.denied` when the author, let in before, may not act any
   * more; `audit.unwritable`; whatever `work` throws. Then nothing was changed.
   */
  async make<Result>(author: AuditContext, businessId: string | null, work: Work<Result>): Promise<Result> {
    const { result, transactionId, waitsForVerifiers } = await this.commit(author, businessId, work);
    // What it was asked for may have been found done.
    if (waitsForVerifiers) await this.barrier.waitForAllOf(businessId, transactionId);
    return result;
  }

  /** As `make`, and waits for no verifier: whoever calls it does (SharedChanges). */
  commit<Result>(
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
  ): Promise<Committed<Result>> {
    return this.commitOn(this.dataSource, author, businessId, work);
  }

  /**
   * As `make`, for changes that verifiers must know: resolves when none of them answers as before any more (R1).
   * @throws DomainError `revocation.unconfirmed` as well; the change stands then
   */
  makeEverywhere<Result>(
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
  ): Promise<Result> {
    return this.make(author, businessId, everywhere(work));
  }

  /** As `makeEverywhere`, for changes that end somebody's rights: they wait for no other kind of change. */
  async endEverywhere<Result>(
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
  ): Promise<Result> {
    return (await this.end(author, businessId, work)).result;
  }

  /**
   * As `endEverywhere`, and says what was waited for.
   * @param everyLog for what ends rights in every business: no other change is under way anywhere while it is made
   * @param committed is called once with the result, as soon as that is committed, and says who is told of the wait
   */
  async end<Result>(
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
    { everyLog = false, committed }: EndOptions<Result> = {},
  ): Promise<{ result: Result; barrier: BarrierFacts }> {
    const { dataSource } = this.revokeLane;
    const { result, transactionId } = await this.holders.during(() =>
      this.revokeLane.change(businessId, () =>
        this.commitOn(dataSource, author, businessId, everywhere(work), everyLog),
      ),
    );
    const barrier = await this.barrier.waitForAllOf(businessId, transactionId, committed?.(result));
    return { result, barrier };
  }

  /** As `end`, and waits for no verifier: whoever calls it does, once for many. */
  commitEnd<Result>(
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
  ): Promise<Committed<Result>> {
    return this.holders.during(() =>
      this.revokeLane.change(businessId, () =>
        this.commitOn(this.revokeLane.dataSource, author, businessId, work),
      ),
    );
  }

  private async commitOn<Result>(
    dataSource: DataSource,
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
    everyLog = false,
  ): Promise<Committed<Result>> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { change, ...committed } = await this.attempt(dataSource, author, businessId, work, everyLog);
        this.outcomes.committed(change.tally);
        const { waitsForVerifiers, restsOnEarlier } = change;
        return { ...committed, waitsForVerifiers, restsOnEarlier };
      } catch (error) {
        this.outcomes.failed(error);
        if (attempt === ATTEMPTS_MAX || !isSerializationFailure(error)) throw error;
      }
    }
  }

  private attempt<Result>(
    dataSource: DataSource,
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
    everyLog: boolean,
  ): Promise<{ result: Result; change: Change; transactionId: string }> {
    return dataSource.transaction(async (manager: EntityManager) => {
      const transactionId = await this.begin(author, businessId, await sessionOf(manager), everyLog);
      const change = new Change(manager, businessId, author, this.trail);
      const result = await work(change);
      await change.writeAll();
      return { result, change, transactionId };
    });
  }

  private async begin(
    author: AuditContext,
    businessId: string | null,
    session: Awaited<ReturnType<typeof sessionOf>>,
    everyLog: boolean,
  ): Promise<string> {
    try {
      if (everyLog) await lockEveryLog(session);
      const begun = await beginChange(session, [businessId ?? PLATFORM_LOG], [author.proof]);
      const refusal = begun.refusals[0] ?? null;
      if (refusal !== null) throw refusal;
      return begun.transactionId;
    } catch (error) {
      throw this.trail.refusalFor(error);
    }
  }
}

/** `work`, of which verifiers must know. */
function everywhere<Result>(work: Work<Result>): Work<Result> {
  return (change) => {
    change.waitsForVerifiers = true;
    return work(change);
  };
}
