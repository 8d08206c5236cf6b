import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { AuditTrail, type RecordedEvent } from '../../audit/trail/audit-trail.js';
import {
  PLATFORM_LOG,
  SYSTEM_CONTEXT,
  type ActorProof,
  type AuditDraft,
} from '../../audit/trail/audit-draft.js';
import { beginChange } from '../../audit/trail/begin-change.js';
import { ChangeOutcomes } from '../../changes/change-outcomes.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { isLockTimeout } from '../../common/errors/driver-error.js';
import { InRevokeLane } from '../../database/lanes.js';
import { poolOf } from '../../database/prepared.js';
import { inTransaction } from '../../database/transaction.js';
import type { DerivedCause } from '../derived/derived-tokens.sql.js';
import { RevocationsRepository } from '../revocations.repository.js';
import type { RevokedRow } from '../revoke-tokens.sql.js';
import type { RevocationRequest, CommittedRevocation } from './revocation-request.js';

/**
 * Each as it was marked; null: no such token; `row_locked`: somebody else holds its row, or its author's own token is
 * among those to be revoked; an error: its author may not act any more.
 */
export type Outcome = CommittedRevocation | null | 'row_locked' | DomainError;

/** One transaction that revokes the tokens of many and writes their events. */
@Injectable()
export class RevocationTransaction {
  constructor(
    @InRevokeLane() private readonly dataSource: DataSource,
    private readonly trail: AuditTrail,
    private readonly outcomes: ChangeOutcomes,
    private readonly revocations: RevocationsRepository,
  ) {}

  /**
   * Resolves once all of it is committed. Only one that is alone waits for the row of its token; where several
   * do, whoever would have to is not touched.
   * @param lockTimeoutMs how long a log that somebody else writes to is waited for; undefined: as configured
   * @throws the driver's error, or DomainError `audit.unwritable` to one that is alone, and to all who waited for one log; then nothing was changed
   */
  async run(requests: readonly RevocationRequest[], lockTimeoutMs?: number): Promise<Outcome[]> {
    const [only] = requests;
    if (only !== undefined && requests.length === 1 && lockTimeoutMs === undefined) await this.awaitRow(only);
    const drafts: AuditDraft[] = [];
    try {
      const outcomes = await inTransaction(
        this.dataSource,
        (session) => this.runIn(session, requests, drafts, lockTimeoutMs),
        lockTimeoutMs,
      );
      this.outcomes.committed(drafts);
      return outcomes;
    } catch (error) {
      this.outcomes.failed(error);
      throw error;
    }
  }

  private async runIn(
    session: PoolClient,
    requests: readonly RevocationRequest[],
    drafts: AuditDraft[],
    lockTimeoutMs?: number,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = await this.begin(session, requests, lockTimeoutMs);
    const admitted = requests.map((_, number) => outcomes[number] === null);
    const mayWait = requests.length === 1 && lockTimeoutMs === undefined;
    const rows = await this.revocations.revokeTokens(
      session,
      requests.map(({ businessId, tokenId, author, reason }, number) => ({
        businessId,
        tokenId: admitted[number] === true ? tokenId : null,
        revokedBy: author.label,
        reason,
      })),
      mayWait ? 'wait' : 'skip',
    );
    const marked: (RevokedRow & { number: number })[] = [];
    for (const row of rows) {
      if (row.id === null) outcomes[row.number - 1] = 'row_locked';
      else marked.push(row);
    }
    for (const row of marked) {
      const request = requests[row.number - 1] as RevocationRequest;
      drafts.push(revocationEvent(request, row, originOf(request, row)));
    }
    const events = marked.length === 0 ? [] : await this.record(session, requests, drafts, lockTimeoutMs);
    marked.forEach((row, index) => {
      // Without the token itself, only graces of what it had replaced were left to end.
      if (row.id !== requests[row.number - 1]?.tokenId) return;
      const { sequence, transactionId } = events[index] as RecordedEvent;
      // What was cut off before was revoked by that; here it was marked.
      const tokensRevoked = marked.filter(
        ({ number, revoked_with }) => number === row.number && revoked_with === null,
      ).length;
      const first = row.revoked_with === null;
      outcomes[row.number - 1] = { row, first, tokensRevoked, auditSequence: sequence, transactionId };
    });
    // Who has nothing marked came too late, if there is such a token at all.
    const late = requests.flatMap((_, number) => (outcomes[number] === null ? [number] : []));
    if (late.length > 0) {
      const found = await this.revocations.findRevoked(
        session,
        late.map((index) => requests[index] as RevocationRequest),
      );
      late.forEach((number, index) => (outcomes[number] = found[index] ?? null));
    }
    return outcomes;
  }

  /**
   * Waits until nobody holds the row of the token, before its log is locked: else all other changes of the business would
   * wait for that row as well.
   */
  private async awaitRow(request: RevocationRequest): Promise<void> {
    try {
      await this.revocations.awaitRow(poolOf(this.dataSource), request);
    } catch (error) {
      throw this.refusalFor(error, [request], undefined);
    }
  }

  /** Locks the logs, and says who cannot be served: null for all others. */
  private async begin(
    session: PoolClient,
    requests: readonly RevocationRequest[],
    lockTimeoutMs?: number,
  ): Promise<(DomainError | 'row_locked' | null)[]> {
    const logs = new Set(requests.map(({ businessId }) => businessId ?? PLATFORM_LOG));
    try {
      const { refusals } = await beginChange(session, [...logs], requests.map(proofOf));
      return requests.map((request, number) =>
        isActorsEnd(request, requests) ? 'row_locked' : (refusals[number] ?? null),
      );
    } catch (error) {
      throw this.refusalFor(error, requests, lockTimeoutMs);
    }
  }

  private async record(
    session: PoolClient,
    requests: readonly RevocationRequest[],
    drafts: readonly AuditDraft[],
    lockTimeoutMs?: number,
  ): Promise<RecordedEvent[]> {
    try {
      return await this.trail.append(drafts, session);
    } catch (error) {
      throw this.refusalFor(error, requests, lockTimeoutMs);
    }
  }

  /** A fault may be one request's; a log that was waited for to the end is that of all of them. */
  private refusalFor(
    error: unknown,
    requests: readonly RevocationRequest[],
    lockTimeoutMs: number | undefined,
  ): unknown {
    if (isLockTimeout(error) && lockTimeoutMs !== undefined) return error;
    return requests.length === 1 || isLockTimeout(error) ? this.trail.refusalFor(error) : error;
  }
}

/** A transaction revokes what was asked for, and graces of what that had replaced. */
function originOf({ tokenId }: RevocationRequest, { id }: RevokedRow): RevocationOrigin {
  return id === tokenId ? { cause: 'request', origin: null } : { cause: 'grace', origin: tokenId };
}

/** Whoever ends their own token may do so whatever has become of it. */
function proofOf({ author, tokenId }: RevocationRequest): ActorProof | null {
  return author.proof?.tokenId === tokenId ? null : author.proof;
}

/** Whether somebody else here revokes the token that `request` is asked for with: then that has to be decided first. */
function isActorsEnd(request: RevocationRequest, requests: readonly RevocationRequest[]): boolean {
  const { proof } = request.author;
  return (
    proof !== null &&
    proof.tokenId !== request.tokenId &&
    requests.some(({ tokenId }) => tokenId === proof.tokenId)
  );
}

/** Why a token was revoked: because it was asked for, or along with another one (`origin`). */
interface RevocationOrigin {
  cause: 'request' | 'owner' | 'cut_off' | 'policy' | 'selection' | DerivedCause;
  origin: string | null;
}

/** What the log says of a revoked token; of one that was cut off before, that it is marked so. */
export function revocationEvent(
  { businessId, author, reason }: Omit<RevocationRequest, 'tokenId'>,
  row: RevokedRow,
  { cause, origin }: RevocationOrigin,
): AuditDraft<'token.revoked'> {
  const { claimedUser } = author.request;
  if (row.revoked_with !== null) return cutOffEvent(businessId, row, row.revoked_with);
  return {
    businessId,
    actor: author.actor,
    action: 'token.revoked',
    target: { kind: 'token', id: row.id },
    reason,
    request: author.request,
    details: {
      jti: row.jti,
      name: row.name,
      owner: row.owner,
      cause,
      revoked_with: origin,
      revoked_by: author.label,
      ...(claimedUser === undefined ? {} : { claimed_user: claimedUser }),
    },
  };
}

/** Nobody's deed of now: who cut it off stands in the event of that. */
function cutOffEvent(
  businessId: string | null,
  row: RevokedRow,
  revocationId: string,
): AuditDraft<'token.revoked'> {
  return {
    businessId,
    actor: SYSTEM_CONTEXT.actor,
    action: 'token.revoked',
    target: { kind: 'token', id: row.id },
    reason: row.revocation_reason,
    request: SYSTEM_CONTEXT.request,
    details: {
      jti: row.jti,
      name: row.name,
      owner: row.owner,
      cause: 'cut_off',
      revoked_with: revocationId,
      revoked_by: row.revoked_by,
      revoked_at: row.revoked_at.toISOString(),
    },
  };
}
