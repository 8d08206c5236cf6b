import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { beginChange } from '../audit/trail/begin-change.js';
import { PLATFORM_LOG, type Author } from '../audit/trail/audit-draft.js';
import { AuditTrail } from '../audit/trail/audit-trail.js';
import { isSerializationFailure } from '../common/errors/driver-error.js';
import { sessionOf } from '../database/prepared.js';
import { RevokeLane } from '../database/revoke-lane.js';
import { Barrier } from '../revocation/barrier.js';
import { Change } from './change.js';
import { HolderWatch } from './holder-watch.js';

/** What is done in the transaction. */
type Work<Result> = (change: Change) => Result | Promise<Result>;

interface Made<Result> {
  result: Result;
  change: Change;
  transactionId: string;
}

/** A change that lost to others this often loses to them for a reason. */
const ATTEMPTS_MAX = 4;

/**
 * The one way in which somebody changes something: a transaction that proves its author again, makes the change, and
 * records it. Revocations of single tokens share transactions and have their own (src/tokens/revocation-batch).
 */
@Injectable()
export class Changes {
  constructor(
    private readonly dataSource: DataSource,
    private readonly revokeLane: RevokeLane,
    private readonly trail: AuditTrail,
    private readonly barrier: Barrier,
    private readonly holders: HolderWatch,
  ) {}

  /**
   * Runs `work` in one transaction in the log of `businessId` (null: the platform's). Changes of one log come one after
   * the other. `work` may be run again, when the database asks for the transaction to be repeated.
   * @throws DomainError `authentication.invalid` or `permission.denied` when the author, let in before, may not act any
   * more; `audit.unwritable`; whatever `work` throws. Then nothing was changed.
   */
  async make<Result>(author: Author, businessId: string | null, work: Work<Result>): Promise<Result> {
    return this.finish(await this.commit(this.dataSource, author, businessId, work));
  }

  /**
   * As `make`, for changes that verifiers must know: resolves when none of them answers as before any more (R1).
   * @throws DomainError `revocation.unconfirmed` as well; the change stands then
   */
  makeEverywhere<Result>(author: Author, businessId: string | null, work: Work<Result>): Promise<Result> {
    return this.make(author, businessId, everywhere(work));
  }

  /** As `makeEverywhere`, for changes that end somebody's rights: they wait for no other kind of change. */
  async endEverywhere<Result>(
    author: Author,
    businessId: string | null,
    work: Work<Result>,
  ): Promise<Result> {
    const { dataSource } = this.revokeLane;
    const made = await this.holders.during(() =>
      this.revokeLane.change(businessId, () => this.commit(dataSource, author, businessId, everywhere(work))),
    );
    return this.finish(made);
  }

  private async finish<Result>({ result, change, transactionId }: Made<Result>): Promise<Result> {
    if (change.waitsForVerifiers) await this.barrier.wait(transactionId);
    return result;
  }

  private async commit<Result>(
    dataSource: DataSource,
    author: Author,
    businessId: string | null,
    work: Work<Result>,
  ): Promise<Made<Result>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(dataSource, author, businessId, work);
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !isSerializationFailure(error)) throw error;
      }
    }
  }

  private attempt<Result>(
    dataSource: DataSource,
    author: Author,
    businessId: string | null,
    work: Work<Result>,
  ): Promise<Made<Result>> {
    return dataSource.transaction(async (manager: EntityManager) => {
      const transactionId = await this.begin(author, businessId, await sessionOf(manager));
      const change = new Change(manager, businessId, author);
      const result = await work(change);
      await this.trail.recordAll(change.events, manager);
      return { result, change, transactionId };
    });
  }

  private async begin(
    author: Author,
    businessId: string | null,
    session: Awaited<ReturnType<typeof sessionOf>>,
  ): Promise<string> {
    try {
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
