import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { beginChange, lockEveryLog } from '../audit/trail/begin-change.js';
import { PLATFORM_LOG, type AuditContext } from '../audit/trail/audit-draft.js';
import { AuditTrail } from '../audit/trail/audit-trail.js';
import { DomainError } from '../common/errors/domain-error.js';
import { isSerializationFailure } from '../common/errors/driver-error.js';
import { sessionOf } from '../database/prepared.js';
import { RevokeLane } from '../database/revoke-lane.js';
import { Barrier } from '../revocation/barrier.js';
import type { BarrierFacts } from '../revocation/barrier-facts.js';
import type { BarrierWatch } from '../revocation/barrier-progress.js';
import { Change, type Verifiers } from './change.js';
import { ChangeOutcomes } from './change-outcomes.js';
import { HolderWatch } from './holder-watch.js';

/** What is done in the transaction. */
type Work<Result> = (change: Change) => Result | Promise<Result>;

/** A change that was committed, and that verifiers may still have to learn of. */
interface Committed<Result> {
  result: Result;
  transactionId: string;
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
   * more; `audit.unwritable`; `revocation.unconfirmed` where verifiers are waited for, and then the change may stand; whatever
   * `work` throws. Then nothing was changed.
   */
  async make<Result>(
    author: AuditContext,
    businessId: string | null,
    verifiers: Verifiers,
    work: Work<Result>,
  ): Promise<Result> {
    if (verifiers === 'unconcerned') return (await this.commit(author, businessId, work)).result;
    const commit = (noted: Work<Result>): Promise<Committed<Result>> =>
      this.commit(author, businessId, noted);
    return (await this.everywhere(businessId, work, commit)).result;
  }

  /** As `make`, and waits for no verifier: whoever calls it does (SharedChanges). */
  commit<Result>(
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
  ): Promise<Committed<Result>> {
    return this.commitOn(this.dataSource, author, businessId, work);
  }

  /** As `make`, for changes that end somebody's rights: they wait for verifiers, and for no other kind of change. */
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
    return this.everywhere(
      businessId,
      work,
      (noted) => this.commitEnd(author, businessId, noted, everyLog),
      committed,
    );
  }

  /** As `end`, and waits for no verifier: whoever calls it does, once for many. */
  commitEnd<Result>(
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
    everyLog = false,
  ): Promise<Committed<Result>> {
    return this.holders.during(() =>
      this.revokeLane.change(businessId, () =>
        this.commitOn(this.revokeLane.dataSource, author, businessId, work, everyLog),
      ),
    );
  }

  /**
   * Commits, and waits for the verifiers; for a refusal of `work` as well. A transaction that was rolled back serves as a mark: a
   * verifier that has read on from a snapshot in which it is over has read everything that `work` saw.
   */
  private async everywhere<Result>(
    businessId: string | null,
    work: Work<Result>,
    commit: (work: Work<Result>) => Promise<Committed<Result>>,
    committed?: EndOptions<Result>['committed'],
  ): Promise<{ result: Result; barrier: BarrierFacts }> {
    let refusedIn: string | undefined;
    const noted: Work<Result> = async (change) => {
      refusedIn = undefined;
      try {
        return await work(change);
      } catch (error) {
        if (error instanceof DomainError) refusedIn = change.transactionId;
        throw error;
      }
    };
    try {
      const { result, transactionId } = await commit(noted);
      const barrier = await this.barrier.waitForAllOf(businessId, transactionId, committed?.(result));
      return { result, barrier };
    } catch (error) {
      if (refusedIn !== undefined) await this.barrier.waitForAllOf(businessId, refusedIn);
      throw error;
    }
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
        return { ...committed, restsOnEarlier: change.restsOnEarlier };
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
      const change = new Change(manager, businessId, author, this.trail, transactionId);
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
