import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AuditContext } from '../audit/trail/audit-draft.js';
import { BATCHES } from '../admission/sessions.js';
import { Turns } from '../admission/turns.js';
import { RevokeLane } from '../database/revoke-lane.js';
import { Barrier } from '../lease/barrier.js';
import type { BarrierFacts } from '../lease/barrier-facts.js';
import type { BarrierWatch } from '../lease/barrier-progress.js';
import type { Change, Verifiers } from './change.js';
import { ChangeTransaction, type ChangeRequest, type Committed, type Refused } from './change-transaction.js';
import { GroupCommit, type GroupLane } from './group-commit.js';
import { HolderWatch } from './settled.js';
import type { SharedWork } from './shared-work.js';

/** What is done in the transaction. */
type Work<Result> = (change: Change) => Result | Promise<Result>;

interface EndOptions<Result> {
  everyLog?: boolean;
  committed?: ((result: Result) => BarrierWatch | undefined) | undefined;
}

/**
 * The one way in which somebody changes something. Around the work are, from outside: the turns that businesses and persons
 * take; the group commit, for kinds of change that are made for many at once; the watch of whoever holds a log, for what ends
 * rights; the transaction, which proves the author again, makes the change and records it; and at last the wait for verifiers.
 * Lanes have sessions of their own, and nothing in one waits for another (docs/adr/0038). docs/adr/0110 argues for all of it.
 */
@Injectable()
export class Changes {
  private readonly groups: Record<SharedWork<unknown, unknown>['lane'], GroupCommit>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly revokeLane: RevokeLane,
    private readonly transaction: ChangeTransaction,
    private readonly barrier: Barrier,
    private readonly holders: HolderWatch,
    private readonly turns: Turns,
  ) {
    const ends: GroupLane = {
      ...BATCHES.ends,
      transact: (requests, lockTimeoutMs) => this.endIn(requests, { lockTimeoutMs }),
      inTurn: (businessId, work) => revokeLane.change(businessId, null, work),
    };
    const others: GroupLane = {
      ...BATCHES.shared,
      transact: (requests, lockTimeoutMs) => transaction.run(dataSource, requests, { lockTimeoutMs }),
      inTurn: (businessId, work) => turns.run('held-changes', businessId, work),
    };
    this.groups = { ends: new GroupCommit(ends), others: new GroupCommit(others) };
  }

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
    const outcome = await this.alone(author, businessId, work);
    if (verifiers === 'unconcerned') return made(outcome).result;
    return (await this.everywhere(businessId, outcome)).result;
  }

  /** As `make`, and waits for no verifier: whoever calls it does. */
  async commit<Result>(
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
  ): Promise<Committed<Result>> {
    return made(await this.alone(author, businessId, work));
  }

  /**
   * As `make`, in a transaction that others may share.
   * @throws DomainError as `make`; `request.rate_limited`, `service.unavailable` when its turn does not come
   */
  async share<Input, Result>(
    work: SharedWork<Input, Result>,
    author: AuditContext,
    businessId: string | null,
    input: Input,
  ): Promise<Result> {
    const outcome = await this.turns.run('shared-changes', businessId, () =>
      this.shared(work, author, businessId, input),
    );
    const waits = work.verifiers === 'wait';
    // Refused, it may have found done what it was asked for.
    if ('refusal' in outcome ? waits : outcome.restsOnEarlier)
      return (await this.everywhere(businessId, outcome)).result;
    if (waits) await this.barrier.wait(outcome.transactionId);
    return made(outcome).result;
  }

  /** As `share`, and waits for no verifier: whoever calls it does. Without turns, for what ends rights. */
  async commitShared<Input, Result>(
    work: SharedWork<Input, Result>,
    author: AuditContext,
    businessId: string | null,
    input: Input,
  ): Promise<Committed<Result>> {
    return made(await this.shared(work, author, businessId, input));
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
    return this.everywhere(businessId, await this.endAlone(author, businessId, work, everyLog), committed);
  }

  /** As `end`, and waits for no verifier: whoever calls it does, once for many. */
  async commitEnd<Result>(
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
  ): Promise<Committed<Result>> {
    return made(await this.endAlone(author, businessId, work));
  }

  private async alone<Result>(
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
  ): Promise<Committed<Result> | Refused> {
    const request = { work: forOne(work), author, businessId, input: undefined };
    const [outcome] = await this.transaction.run(this.dataSource, [request]);
    return outcome as Committed<Result> | Refused;
  }

  private endAlone<Result>(
    author: AuditContext,
    businessId: string | null,
    work: Work<Result>,
    everyLog = false,
  ): Promise<Committed<Result> | Refused> {
    const request = { work: forOne(work), author, businessId, input: undefined };
    return this.revokeLane.change(businessId, author.actor, async () => {
      const [outcome] = await this.endIn([request], { everyLog });
      return outcome as Committed<Result> | Refused;
    });
  }

  private endIn(
    requests: readonly ChangeRequest[],
    options: Parameters<ChangeTransaction['run']>[2],
  ): ReturnType<ChangeTransaction['run']> {
    return this.holders.during(() => this.transaction.run(this.revokeLane.dataSource, requests, options));
  }

  private shared<Input, Result>(
    work: SharedWork<Input, Result>,
    author: AuditContext,
    businessId: string | null,
    input: Input,
  ): Promise<Committed<Result> | Refused> {
    const request = { work: work as SharedWork<unknown, unknown>, author, businessId, input };
    return this.groups[work.lane].submit(request) as Promise<Committed<Result> | Refused>;
  }

  /**
   * Waits for the verifiers; for a refusal of the work as well. A transaction that was rolled back serves as a mark: a
   * verifier that has read on from a snapshot in which it is over has read everything that the work saw.
   */
  private async everywhere<Result>(
    businessId: string | null,
    outcome: Committed<Result> | Refused,
    committed?: EndOptions<Result>['committed'],
  ): Promise<{ result: Result; barrier: BarrierFacts }> {
    const watch = 'refusal' in outcome ? undefined : committed?.(outcome.result);
    const barrier = await this.barrier.waitForAllOf(businessId, outcome.transactionId, watch);
    return { result: made(outcome).result, barrier };
  }
}

/** @throws the refusal */
function made<Result>(outcome: Committed<Result> | Refused): Committed<Result> {
  if ('refusal' in outcome) throw outcome.refusal;
  return outcome;
}

/** A change that is made alone is the same without sharing. */
function forOne<Result>(work: Work<Result>): SharedWork<unknown, unknown> {
  return {
    verifiers: 'wait',
    lane: 'others',
    claims: () => [],
    run: async ([item]) => [await work((item as { change: Change }).change)],
  };
}
