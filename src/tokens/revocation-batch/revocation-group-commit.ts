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

/** How long one log that is locked by somebody else can hold up a transaction of many businesses. */
const LOG_WAIT_MS_MAX = 200;
/** A transaction that lost to others this often loses to them for a reason. */
const ATTEMPTS_MAX = 4;
/** Sessions that may hang while others go on. */
const STALLED_MAX = 2;

/**
 * Group commit for revocations: those that are asked for while a transaction of revocations is under way share the
 * next one. Why nobody's revocation is refused or held up for long by another's is argued in
 * docs/adr/0013-revocations-share-a-transaction.md.
 */
@Injectable()
export class RevocationGroupCommit {
  private readonly shared: Batcher<PendingRevocation>;
  /** By business: a log that held a transaction up is waited for apart, until nobody waits for it any more. */
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
   * Resolves once the revocation, or what was found instead, is committed; null: there is no such token.
   * @throws the driver's error, or DomainError `audit.unwritable`, and nothing was changed; after the loss of the
   * connection it is not known whether the token is revoked
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

  /** Nothing was changed, unless the connection was lost: then nobody knows, as with a transaction of one. */
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

  /** The fault may be one each's, and nobody is refused for another's. */
  private retryOneByOne(pending: PendingRevocation[], attempt = 1): void {
    for (const each of pending) void this.takeInTurn(each.businessId, [each], attempt);
  }

  /** One of these businesses has a log that is locked: each waits for its own. */
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

  /** Logs that are held take turns with each other, so that those of a few businesses do not keep every session waiting. */
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
