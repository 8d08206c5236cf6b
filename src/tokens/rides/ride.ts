import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { AuditTrail, type RecordedEvent } from '../../audit/trail/audit-trail.js';
import { PLATFORM_LOG, type ActorProof, type AuditDraft } from '../../audit/trail/audit-draft.js';
import { beginChange } from '../../audit/trail/begin-change.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { isLockTimeout } from '../../common/errors/driver-error.js';
import { InRevokeLane } from '../../database/lanes.js';
import { poolOf, queryPreparedOn } from '../../database/prepared.js';
import { inTransaction } from '../../database/transaction.js';
import type { DerivedCause } from '../derived/derived-tokens.sql.js';
import type { RevokedRow } from '../revoke-tokens.sql.js';
import type { Fare, Marked } from './passenger.js';
import { findEarlierRevocations } from './earlier-revocations.js';
import { AWAIT_ROW, MARK_PATIENTLY, MARK_WHAT_IS_FREE, type MarkedRow } from './ride.sql.js';

/**
 * Each as it was marked; null: no such token; `left behind`: somebody else holds its row, or its author's own token is
 * among those to be revoked; an error: its author may not act any more.
 */
export type Outcome = Marked | null | 'left behind' | DomainError;

/** One transaction that revokes the tokens of many and writes their events. */
@Injectable()
export class Ride {
  constructor(
    @InRevokeLane() private readonly dataSource: DataSource,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Resolves once all of it is committed. Only one that travels alone waits for the row of its token; where several
   * do, whoever would have to is left behind.
   * @param lockTimeoutMs how long a log that somebody else writes to is waited for; undefined: as configured
   * @throws the driver's error, or DomainError `audit.unwritable` to one that travels alone, and to all who waited for one log; then nothing was changed
   */
  async run(fares: readonly Fare[], lockTimeoutMs?: number): Promise<Outcome[]> {
    const [only] = fares;
    if (only !== undefined && fares.length === 1 && lockTimeoutMs === undefined) await this.awaitRow(only);
    return inTransaction(
      this.dataSource,
      (session) => this.runIn(session, fares, lockTimeoutMs),
      lockTimeoutMs,
    );
  }

  private async runIn(
    session: PoolClient,
    fares: readonly Fare[],
    lockTimeoutMs?: number,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = await this.begin(session, fares, lockTimeoutMs);
    const admitted = fares.map((_, seat) => outcomes[seat] === null);
    const mayWait = fares.length === 1 && lockTimeoutMs === undefined;
    const rows = await queryPreparedOn<MarkedRow>(session, mayWait ? MARK_PATIENTLY : MARK_WHAT_IS_FREE, [
      fares.map(({ businessId }) => businessId),
      fares.map(({ tokenId }, seat) => (admitted[seat] === true ? tokenId : null)),
      fares.map(({ author }) => author.label),
      fares.map(({ reason }) => reason),
    ]);
    const marked: (RevokedRow & { seat: number })[] = [];
    for (const row of rows) {
      if (row.id === null) outcomes[row.seat - 1] = 'left behind';
      else marked.push(row);
    }
    const events = marked.length === 0 ? [] : await this.record(session, fares, marked, lockTimeoutMs);
    marked.forEach((row, index) => {
      // Without the token itself, only graces of what it had replaced were left to end.
      if (row.id !== fares[row.seat - 1]?.tokenId) return;
      const { sequence, transactionId } = events[index] as RecordedEvent;
      const tokensRevoked = marked.filter(({ seat }) => seat === row.seat).length;
      outcomes[row.seat - 1] = { row, first: true, tokensRevoked, auditSequence: sequence, transactionId };
    });
    // Who has nothing marked came too late, if there is such a token at all.
    const late = fares.flatMap((_, seat) => (outcomes[seat] === null ? [seat] : []));
    if (late.length > 0) {
      const found = await findEarlierRevocations(
        session,
        late.map((index) => fares[index] as Fare),
      );
      late.forEach((seat, index) => (outcomes[seat] = found[index] ?? null));
    }
    return outcomes;
  }

  /**
   * Waits until nobody holds the row of the token, before its log is locked: else all other changes of the business would
   * wait for that row as well.
   */
  private async awaitRow(request: Fare): Promise<void> {
    try {
      await queryPreparedOn(poolOf(this.dataSource), AWAIT_ROW, [request.businessId, request.tokenId]);
    } catch (error) {
      throw this.refusalFor(error, [request], undefined);
    }
  }

  /** Locks the logs, and says who cannot be served: null for all others. */
  private async begin(
    session: PoolClient,
    fares: readonly Fare[],
    lockTimeoutMs?: number,
  ): Promise<(DomainError | 'left behind' | null)[]> {
    const logs = new Set(fares.map(({ businessId }) => businessId ?? PLATFORM_LOG));
    try {
      const { refusals } = await beginChange(session, [...logs], fares.map(proofOf));
      return fares.map((fare, seat) => (isActorsEnd(fare, fares) ? 'left behind' : (refusals[seat] ?? null)));
    } catch (error) {
      throw this.refusalFor(error, fares, lockTimeoutMs);
    }
  }

  private async record(
    session: PoolClient,
    fares: readonly Fare[],
    marked: readonly (RevokedRow & { seat: number })[],
    lockTimeoutMs?: number,
  ): Promise<RecordedEvent[]> {
    try {
      return await this.trail.append(
        marked.map((row) =>
          eventOf(fares[row.seat - 1] as Fare, row, originOf(fares[row.seat - 1] as Fare, row)),
        ),
        session,
      );
    } catch (error) {
      throw this.refusalFor(error, fares, lockTimeoutMs);
    }
  }

  /** A fault may be one request's; a log that was waited for to the end is that of all of them. */
  private refusalFor(error: unknown, fares: readonly Fare[], lockTimeoutMs: number | undefined): unknown {
    if (isLockTimeout(error) && lockTimeoutMs !== undefined) return error;
    return fares.length === 1 || isLockTimeout(error) ? this.trail.refusalFor(error) : error;
  }
}

/** A ride revokes what was asked for, and graces of what that had replaced. */
function originOf({ tokenId }: Fare, { id }: RevokedRow): RevocationOrigin {
  return id === tokenId ? { cause: 'request', origin: null } : { cause: 'grace', origin: tokenId };
}

/** Whoever ends their own token may do so whatever has become of it. */
function proofOf({ author, tokenId }: Fare): ActorProof | null {
  return author.proof?.tokenId === tokenId ? null : author.proof;
}

/** Whether somebody else here revokes the token that `fare` is asked for with: then that has to be decided first. */
function isActorsEnd(fare: Fare, fares: readonly Fare[]): boolean {
  const { proof } = fare.author;
  return (
    proof !== null && proof.tokenId !== fare.tokenId && fares.some(({ tokenId }) => tokenId === proof.tokenId)
  );
}

/** Why a token was revoked: because it was asked for, or along with another one (`origin`). */
export interface RevocationOrigin {
  cause: 'request' | 'owner' | DerivedCause;
  origin: string | null;
}

/** What the log says of a revoked token. */
export function eventOf(
  { businessId, author, reason }: Omit<Fare, 'tokenId'>,
  row: RevokedRow,
  { cause, origin }: RevocationOrigin,
): AuditDraft<'token.revoked'> {
  return {
    businessId,
    actor: author.actor,
    action: 'token.revoked',
    target: { kind: 'token', id: row.id },
    reason,
    request: author.request,
    details: { jti: row.jti, name: row.name, owner: row.owner, cause, revoked_with: origin },
  };
}
