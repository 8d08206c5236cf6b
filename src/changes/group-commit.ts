import { Batcher } from '../common/batcher.js';
import { DomainError } from '../common/errors/domain-error.js';
import { isDatabaseUnavailable, isLockTimeout } from '../common/errors/driver-error.js';
import type { ChangeRequest, ChangeTransaction, Committed, Refused } from './change-transaction.js';
import { ROWS_HELD } from './shared-work.js';

/** How long one lock that somebody else holds can hold up a transaction of many businesses. */
const LOCK_WAIT_MS_MAX = 200;
/** So many businesses are tried that long, each by itself. */
const HELD_UP_MAX = 4;

interface Pending extends ChangeRequest {
  resolve: (done: Committed<unknown> | Refused) => void;
  reject: (error: unknown) => void;
}

/** The sessions that group commits use. */
export interface GroupLane {
  /** How many transactions may hang while others continue. */
  stalled: number;
  /** One transaction; a lock is waited for so long, or, undefined, as long as by any change. */
  transact(
    requests: readonly ChangeRequest[],
    lockTimeoutMs: number | undefined,
  ): ReturnType<ChangeTransaction['run']>;
  /** Takes turns with all that may wait long. @throws as FairQueue */
  inTurn(businessId: string | null, work: () => Promise<void>): Promise<void>;
}

/**
 * Group commit: changes that are asked for while a transaction is under way share the next one. Each is proven, refused and
 * recorded as if it were alone, and none is refused, or delayed for long, because of another (docs/adr/0110).
 */
export class GroupCommit {
  private readonly shared: Batcher<Pending>;
  /** By business: a log or rows that delayed a transaction are waited for apart, until nobody waits for them any more. */
  private readonly perLog = new Map<string | null, Batcher<Pending>>();

  constructor(private readonly lane: GroupLane) {
    this.shared = new Batcher((pending) => this.take(pending, LOCK_WAIT_MS_MAX), lane);
  }

  /**
   * Resolves once the change is committed, or refused by its work.
   * @throws as ChangeTransaction, or as the turns of the lane
   */
  submit(request: ChangeRequest): Promise<Committed<unknown> | Refused> {
    return new Promise((resolve, reject) =>
      (this.perLog.get(request.businessId) ?? this.shared).submit({ ...request, resolve, reject }),
    );
  }

  private async take(pending: readonly Pending[], lockTimeoutMs?: number): Promise<void> {
    const error = await this.share(pending, lockTimeoutMs);
    if (isLockTimeout(error) && lockTimeoutMs !== undefined) await this.takeByBusiness(pending);
    else if (error !== null) await this.recover(pending, error, lockTimeoutMs);
  }

  /** One transaction for all of them. @returns the error with which nothing was changed, or it is not known what was */
  private async share(pending: readonly Pending[], lockTimeoutMs?: number): Promise<unknown> {
    let outcomes: Awaited<ReturnType<GroupLane['transact']>>;
    try {
      outcomes = await this.lane.transact(pending, lockTimeoutMs);
    } catch (error) {
      return error;
    }
    const apart: Pending[] = [];
    pending.forEach((each, number) => {
      const outcome = outcomes[number] as (typeof outcomes)[number];
      if (outcome === 'apart') apart.push(each);
      else if (outcome === ROWS_HELD) void this.takeInTurn(each.businessId, [each]);
      else each.resolve(outcome);
    });
    await this.takeOneByOne(apart, lockTimeoutMs);
    return null;
  }

  /** The fault may be one each's, and nobody is refused for another's; the loss of the database is everybody's. */
  private async recover(pending: readonly Pending[], error: unknown, lockTimeoutMs?: number): Promise<void> {
    const isOfAll = error instanceof DomainError || (isDatabaseUnavailable(error) && !isLockTimeout(error));
    if (pending.length > 1 && !isOfAll) return this.takeOneByOne(pending, lockTimeoutMs);
    for (const each of pending) each.reject(error);
  }

  private async takeOneByOne(pending: readonly Pending[], lockTimeoutMs?: number): Promise<void> {
    for (const each of pending) await this.take([each], lockTimeoutMs);
  }

  /** Somebody holds the log or rows of one of the businesses, or of all: the others go on without it. */
  private async takeByBusiness(pending: readonly Pending[]): Promise<void> {
    const byBusiness = Map.groupBy(pending, ({ businessId }) => businessId);
    let heldUp = 0;
    for (const [businessId, each] of byBusiness) {
      const isTried = byBusiness.size > 1 && heldUp < HELD_UP_MAX;
      const error = isTried ? await this.share(each, LOCK_WAIT_MS_MAX) : null;
      if (isTried && error === null) continue;
      if (isTried && !isLockTimeout(error)) {
        await this.recover(each, error, LOCK_WAIT_MS_MAX);
        continue;
      }
      heldUp++;
      const waiting = this.perLog.get(businessId) ?? this.waitFor(businessId);
      each.forEach((one) => waiting.submit(one));
    }
  }

  /** What waits for one log shares transactions as well, which wait for it as long as any change. */
  private waitFor(businessId: string | null): Batcher<Pending> {
    const batcher = new Batcher<Pending>(
      async (pending) => {
        await this.takeInTurn(businessId, pending);
        setImmediate(() => {
          if (batcher.isIdle && this.perLog.get(businessId) === batcher) this.perLog.delete(businessId);
        });
      },
      { stalled: 0 },
    );
    this.perLog.set(businessId, batcher);
    return batcher;
  }

  private async takeInTurn(businessId: string | null, pending: readonly Pending[]): Promise<void> {
    try {
      await this.lane.inTurn(businessId, () => this.take(pending));
    } catch (error) {
      for (const each of pending) each.reject(error);
    }
  }
}
