import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { AuditContext } from '../audit/trail/audit-draft.js';
import { Batcher } from '../common/batcher.js';
import { DomainError } from '../common/errors/domain-error.js';
import { isDatabaseUnavailable, isLockTimeout } from '../common/errors/driver-error.js';
import { FairQueue } from '../common/fair-queue.js';
import { databaseConfig } from '../config/database.config.js';
import { SHARED_CHANGES } from '../database/lanes.js';
import { Barrier } from '../revocation/barrier.js';
import { Changes } from './changes.js';
import {
  SharedTransaction,
  type SharedCommit,
  type SharedOutcome,
  type SharedRefusal,
  type SharedRequest,
} from './shared-transaction.js';
import type { SharedWork } from './shared-work.js';

/** How long one lock that somebody else holds can hold up a transaction of many businesses. */
const LOCK_WAIT_MS_MAX = 200;
/** So many businesses are tried that long, each by itself. */
const HELD_UP_MAX = 4;
/** The platform in the queues, beside the businesses. */
const PLATFORM = 'platform';

interface Pending extends SharedRequest {
  resolve: (done: SharedCommit | SharedRefusal) => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: changes that are asked for while a transaction is under way share the next one. Each is proven, refused and
 * recorded as if it were alone (docs/adr/0055-changes-share-a-transaction.md).
 */
@Injectable()
export class SharedChanges {
  private readonly batches: Batcher<Pending>;
  /** Who is on their way, in turns between businesses. */
  private readonly turns = new FairQueue({
    atOnce: 64,
    atOncePerKey: 8,
    waitingPerKeyMax: 200,
    waitMsMax: 5000,
  });
  /** For those whose log or rows somebody holds. */
  private readonly waits: FairQueue;
  /** Businesses that held a transaction up, and how many still wait for what did. */
  private readonly heldUp = new Map<string | null, number>();

  constructor(
    private readonly transaction: SharedTransaction,
    private readonly changes: Changes,
    private readonly barrier: Barrier,
    @Inject(databaseConfig.KEY) { lockTimeoutMs }: ConfigType<typeof databaseConfig>,
  ) {
    this.batches = new Batcher((pending) => this.take(pending), { stalled: SHARED_CHANGES.stalled });
    this.waits = new FairQueue({
      atOnce: SHARED_CHANGES.waits,
      atOncePerKey: 1,
      waitMsMax: lockTimeoutMs + 2000,
    });
  }

  /**
   * As `Changes.make`, in a transaction that others may share: resolves once it is committed, and where verifiers must
   * know of it, once they do.
   * @throws DomainError as Changes does; `request.rate_limited`, `service.unavailable` when its turn does not come
   */
  async make<Input, Result>(
    work: SharedWork<Input, Result>,
    author: AuditContext,
    businessId: string | null,
    input: Input,
  ): Promise<Result> {
    const request = { work: work as SharedWork<unknown, unknown>, author, businessId, input };
    const done = await this.turns.run(businessId ?? PLATFORM, () => this.commit(request));
    // Refused, it may have found done what it was asked for.
    if ('refusal' in done ? work.verifiers === 'wait' : done.restsOnEarlier)
      await this.barrier.waitForAllOf(businessId, done.transactionId);
    else if (work.verifiers === 'wait') await this.barrier.wait(done.transactionId);
    if ('refusal' in done) throw done.refusal;
    return done.result as Result;
  }

  private commit(request: SharedRequest): Promise<SharedCommit | SharedRefusal> {
    return new Promise((resolve, reject) => {
      const pending = { ...request, resolve, reject };
      if (this.heldUp.has(request.businessId)) this.waitApart(pending);
      else this.batches.submit(pending);
    });
  }

  private async take(pending: readonly Pending[]): Promise<void> {
    const error = await this.share(pending);
    if (error === null) return;
    if (isLockTimeout(error)) await this.takeByBusiness(pending);
    else await this.takeOneByOne(pending);
  }

  /** Somebody holds the log or rows of one of the businesses, or of all: the others go on without it. */
  private async takeByBusiness(pending: readonly Pending[]): Promise<void> {
    const byBusiness = Map.groupBy(pending, ({ businessId }) => businessId);
    let heldUp = 0;
    for (const each of byBusiness.values()) {
      const isTried = byBusiness.size > 1 && heldUp < HELD_UP_MAX;
      const error = isTried ? await this.share(each) : null;
      if (isTried && error === null) continue;
      if (isTried && !isLockTimeout(error)) {
        await this.takeOneByOne(each);
        continue;
      }
      heldUp++;
      each.forEach((one) => this.waitApart(one));
    }
  }

  /** One transaction for all of them. @returns the driver's error, when it is not known whose fault it is */
  private async share(pending: readonly Pending[]): Promise<unknown> {
    try {
      const outcomes = await this.transaction.run(pending, LOCK_WAIT_MS_MAX);
      const apart: Pending[] = [];
      pending.forEach((each, number) => {
        const outcome = outcomes[number] as SharedOutcome;
        if (outcome === 'apart') apart.push(each);
        else if (outcome instanceof DomainError) each.reject(outcome);
        else each.resolve(outcome);
      });
      await this.takeOneByOne(apart);
      return null;
    } catch (error) {
      if (isLockTimeout(error) || !isDatabaseUnavailable(error)) return error;
      for (const each of pending) each.reject(error);
      return null;
    }
  }

  /** The fault may be one each's, and nobody is refused for another's. */
  private async takeOneByOne(pending: readonly Pending[]): Promise<void> {
    for (const each of pending) await this.alone(each).then(each.resolve, each.reject);
  }

  private waitApart(each: Pending): void {
    const { businessId } = each;
    this.heldUp.set(businessId, (this.heldUp.get(businessId) ?? 0) + 1);
    void this.waits
      .run(businessId ?? PLATFORM, () => this.alone(each))
      .then(each.resolve, each.reject)
      .finally(() => {
        const left = (this.heldUp.get(businessId) as number) - 1;
        if (left === 0) this.heldUp.delete(businessId);
        else this.heldUp.set(businessId, left);
      });
  }

  /** In a transaction of its own, which waits for whoever holds a log or a row as long as any other. */
  private async alone({
    work,
    author,
    businessId,
    input,
  }: SharedRequest): Promise<SharedCommit | SharedRefusal> {
    let refused: SharedRefusal | undefined;
    try {
      return await this.changes.commit(author, businessId, async (change) => {
        const [result] = await work.run([{ input, change }], change.manager);
        if (!(result instanceof DomainError)) return result;
        refused = { refusal: result, transactionId: change.transactionId };
        throw result;
      });
    } catch (error) {
      if (refused !== undefined && error === refused.refusal) return refused;
      throw error;
    }
  }
}
