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
import { ChangeTally } from '../../changes/change-tally.js';
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
 * The result of each request; null: no such token; `row_locked`: the row is locked, or the actor's own token is among
 * those to be revoked; an error: the actor may not act any more.
 */
export type Outcome = CommittedRevocation | null | 'row_locked' | DomainError;

/** One transaction that revokes the tokens of many requests and writes their events. */
@Injectable()
export class RevocationTransaction {
  constructor(
    @InRevokeLane() private readonly dataSource: DataSource,
    private readonly trail: AuditTrail,
    private readonly outcomes: ChangeOutcomes,
    private readonly revocations: RevocationsRepository,
  ) {}

  /**
   * Resolves once everything is committed. A single request waits for the row lock of its token; among several, a
   * request whose row is locked is left out.
   * @param lockTimeoutMs how long to wait for a locked log; undefined: as configured
   * @throws the driver's error, or DomainError `audit.unwritable` to a single request, and to all that waited for one
   *   log; then nothing was changed
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
      this.outcomes.committed(new ChangeTally().add(drafts));
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
      requests.map(({ businessId, tokenId, author, reason, kind = 'api' }, number) => ({
        businessId,
        tokenId: admitted[number] === true ? tokenId : null,
        kind,
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
      // If the token itself is missing, only predecessors in their grace were revoked.
      if (row.id !== requests[row.number - 1]?.tokenId) return;
      const { sequence, transactionId } = events[index] as RecordedEvent;
      // A token that was cut off before was revoked by the cut-off; here it was only marked.
      const tokensRevoked = marked.filter(
        ({ number, revoked_with }) => number === row.number && revoked_with === null,
      ).length;
      const first = row.revoked_with === null;
      outcomes[row.number - 1] = { row, first, tokensRevoked, auditSequence: sequence, transactionId };
    });
    // If nothing was marked for a request, its token was revoked earlier or does not exist.
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
   * Waits for the row lock of the token before the log is locked. Otherwise all other changes of the business would wait
   * for that row as well.
   */
  private async awaitRow(request: RevocationRequest): Promise<void> {
    try {
      await this.revocations.awaitRow(poolOf(this.dataSource), request);
    } catch (error) {
      throw this.refusalFor(error, [request], undefined);
    }
  }

  /** Locks the logs, and returns the error of each request that cannot be served: null for all others. */
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

  /** An error may be caused by one request; a locked log affects all of them. */
  private refusalFor(
    error: unknown,
    requests: readonly RevocationRequest[],
    lockTimeoutMs: number | undefined,
  ): unknown {
    if (isLockTimeout(error) && lockTimeoutMs !== undefined) return error;
    return requests.length === 1 || isLockTimeout(error) ? this.trail.refusalFor(error) : error;
  }
}

/** A transaction revokes the requested tokens, and their predecessors in their grace. */
function originOf({ tokenId }: RevocationRequest, { id }: RevokedRow): RevocationOrigin {
  return id === tokenId ? { cause: 'request', origin: null } : { cause: 'grace', origin: tokenId };
}

/** A token may always revoke itself, whatever its state. */
function proofOf({ author, tokenId }: RevocationRequest): ActorProof | null {
  return author.proof?.tokenId === tokenId ? null : author.proof;
}

/** Whether another request here revokes the token that made `request`: then that must be decided first. */
function isActorsEnd(request: RevocationRequest, requests: readonly RevocationRequest[]): boolean {
  const { proof } = request.author;
  return (
    proof !== null &&
    proof.tokenId !== request.tokenId &&
    requests.some(({ tokenId }) => tokenId === proof.tokenId)
  );
}

/** Why a token was revoked: on request, or together with another token (`origin`). */
interface RevocationOrigin {
  cause:
    | 'request'
    | 'owner'
    | 'cut_off'
    | 'policy'
    | 'selection'
    | 'signed_out'
    | 'account_unlinked'
    | DerivedCause;
  origin: string | null;
}

/** The event of a revoked token; for one that was cut off before, the event of its marking. */
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
      ...(row.kind === 'session' ? { is_session: true as const } : {}),
      ...(claimedUser === undefined ? {} : { claimed_user: claimedUser }),
    },
  };
}

/** Marking has no actor of its own: the event of the cut-off names who made it. */
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
      ...(row.kind === 'session' ? { is_session: true as const } : {}),
      revoked_at: row.revoked_at.toISOString(),
    },
  };
}
