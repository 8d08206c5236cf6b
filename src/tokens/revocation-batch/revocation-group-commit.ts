import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/errors/domain-error.js';
import {
  isDatabaseUnavailable,
  isLockTimeout,
  isSerializationFailure,
} from '../../common/errors/driver-error.js';
import { Batcher } from '../../common/batcher.js';
import { HolderWatch } from '../../changes/holder-watch.js';
import { RevokeLane } from '../../database/revoke-lane.js';
import type { RevocationRequest, CommittedRevocation, PendingRevocation } from './revocation-request.js';
import { RevocationTransaction } from './revocation-transaction.js';

/** How long a locked log can delay a transaction of many businesses. */
const LOG_WAIT_MS_MAX = 200;
/** How often a transaction is repeated after conflicts; more conflicts than this are not chance. */
const ATTEMPTS_MAX = 4;
/** How many sessions may hang while others continue. */
const STALLED_MAX = 2;

/**
 * Group commit for revocations: requests that arrive while a transaction of revocations is running share the next one.
 * docs/adr/0013-revocations-share-a-transaction.md argues why one request is never refused, or delayed for long, because
 * of another.
 */
@Injectable()
export class RevocationGroupCommit {
  private readonly shared: Batcher<PendingRevocation>;
  /**
   * By business: a log that delayed a shared transaction is waited for separately, until nobody waits for it any more.
   */
  private readonly perLog = new Map<string | null, Batcher<PendingRevocation>>();

  constructor(
    private readonly transaction: RevocationTransaction,
    private readonly lane: RevokeLane,
    private readonly holders: HolderWatch,
  ) {
    this.shared = new Batcher((pending) => this.take(pending, LOG_WAIT_MS_MAX), {
      stalled: STALLED_MAX,
    });
  }

  /**
   * Resolves once the revocation, or the earlier one that was found, is committed; null: there is no such token.
   * @throws the driver's error, or DomainError `audit.unwritable`, and nothing was changed; after the loss of the
   *   connection it is not known whether the token is revoked
   */
  submit(request: RevocationRequest): Promise<CommittedRevocation | null> {
    return new Promise((resolve, reject) =>
      this.batcherOf(request.businessId).submit({ ...request, resolve, reject }),
    );
  }

  private batcherOf(businessId: string | null): Batcher<PendingRevocation> {
    return this.perLog.get(businessId) ?? this.shared;
  }

  private async take(pending: PendingRevocation[], lockTimeoutMs?: number, attempt = 1): Promise<void> {
    try {
      const outcomes = await this.holders.during(() => this.transaction.run(pending, lockTimeoutMs));
      const locked: PendingRevocation[] = [];
      pending.forEach((each, index) => {
        const outcome = outcomes[index];
        if (outcome === 'row_locked') locked.push(each);
        else if (outcome instanceof DomainError) each.reject(outcome);
        else each.resolve(outcome ?? null);
      });
      this.retryOneByOne(locked);
    } catch (error) {
      this.recover(pending, lockTimeoutMs !== undefined, error, attempt);
    }
  }

  /** Nothing was changed, unless the connection was lost: then the result is unknown, as for a single transaction. */
  private recover(
    pending: PendingRevocation[],
    waitWasBounded: boolean,
    error: unknown,
    attempt: number,
  ): void {
    if (isLockTimeout(error) && waitWasBounded) this.retryPerLog(pending);
    else if (isSerializationFailure(error) && attempt < ATTEMPTS_MAX)
      this.retryOneByOne(pending, attempt + 1);
    else if (pending.length === 1 || error instanceof DomainError || isDatabaseUnavailable(error))
      pending.forEach((each) => each.reject(error));
    else this.retryOneByOne(pending);
  }

  /**
   * One request may have caused the error, and no request is refused because of another: so each is repeated alone.
   */
  private retryOneByOne(pending: PendingRevocation[], attempt = 1): void {
    for (const each of pending) void this.takeInTurn(each.businessId, [each], attempt);
  }

  /** The log of one of these businesses is locked: each business now waits for its own log. */
  private retryPerLog(pending: PendingRevocation[]): void {
    for (const each of pending) {
      const { businessId } = each;
      const batcher = this.perLog.get(businessId) ?? this.batcherForLog(businessId);
      this.perLog.set(businessId, batcher);
      batcher.submit(each);
    }
  }

  private batcherForLog(businessId: string | null): Batcher<PendingRevocation> {
    const batcher = new Batcher<PendingRevocation>(
      async (pending) => {
        await this.takeInTurn(businessId, pending);
        setImmediate(() => {
          if (batcher.isIdle && this.perLog.get(businessId) === batcher) this.perLog.delete(businessId);
        });
      },
      { stalled: 0 },
    );
    return batcher;
  }

  /** Locked logs take turns, so that those of a few businesses do not block every session. */
  private async takeInTurn(
    businessId: string | null,
    pending: PendingRevocation[],
    attempt = 1,
  ): Promise<void> {
    try {
      await this.lane.change(businessId, () => this.take(pending, undefined, attempt));
    } catch (error) {
      for (const each of pending) each.reject(error);
    }
  }
}
