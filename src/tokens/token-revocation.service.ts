import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Author } from '../audit/trail/audit-draft.js';
import type { Change } from '../changes/change.js';
import { DomainError } from '../common/errors/domain-error.js';
import { poolOf, queryPrepared, queryPreparedIn, type Prepared } from '../database/prepared.js';
import { RevokeLane } from '../database/revoke-lane.js';
import { Barrier } from '../revocation/barrier.js';
import type { BarrierFacts } from '../revocation/receipt.js';
import { DerivedRevocation, type DerivedRevocationRequest } from './derived/derived-revocation.js';
import { FIND_LIVE_SUCCESSORS } from './derived/derived-tokens.sql.js';
import {
  REVOKE_TOKENS_OF_IDENTITY,
  REVOKE_TOKENS_OF_IDENTITY_IN_DIALECT,
  REVOKE_TOKENS_OF_MEMBER,
  type RevokedRow,
} from './revoke-tokens.sql.js';
import { findEarlierRevocations } from './rides/earlier-revocations.js';
import type { Marked } from './rides/passenger.js';
import { RevocationRides } from './rides/revocation-rides.js';
import { eventOf } from './rides/ride.js';
import type { Dialect } from './token.entity.js';

/** A revocation that has taken effect everywhere. */
export interface Revocation {
  id: string;
  jti: string;
  name: string | null;
  revokedAt: Date;
  revokedBy: string | null;
  reason: string | null;
  /** False when an earlier call had revoked it: these are that call's facts. */
  first: boolean;
  /** How many this call revoked, with what was taken along. */
  tokensRevoked: number;
  /** Successors by rotation that are still good, in order. */
  liveSuccessors: string[];
  auditSequence: number | null;
  barrier: BarrierFacts;
}

/** Whose tokens end with an owner. */
export type TokensOf = { memberId: string } | { identityId: string; dialect?: Dialect };

/** The one place where tokens are revoked, whatever dialect asks for it. */
@Injectable()
export class TokenRevocationService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly revokeLane: RevokeLane,
    private readonly barrier: Barrier,
    private readonly rides: RevocationRides,
    private readonly derived: DerivedRevocation,
  ) {}

  /**
   * Revokes one token of `businessId` (null: the platform's own). The first revocation wins: a repeated call
   * answers with its facts. Resolves only when no verifier can answer "active" any more (R1).
   * @throws DomainError `token.not_found` also for a token of another business, indistinguishably;
   * `audit.unwritable`, and nothing is changed; `revocation.unconfirmed`, and the token is revoked all the same.
   */
  async revoke(
    businessId: string | null,
    tokenId: string,
    author: Author,
    reason: string | null,
  ): Promise<Revocation> {
    const marked = await this.rides.board({ businessId, tokenId, author, reason });
    return this.confirmed(businessId, marked);
  }

  /**
   * As `revoke`, together with what comes from the token: see DerivedRevocation. What its holder did in time to be
   * answered is found, what they are about to do is refused.
   * @throws DomainError as `revoke`; `authentication.invalid` when the author was revoked meanwhile
   */
  async revokeWithDerived(request: DerivedRevocationRequest, author: Author): Promise<Revocation> {
    const { businessId, tokenId } = request;
    const outcome = await this.derived.revoke(request, author);
    const [revoked] = await this.revokeLane.look(businessId, (dataSource) =>
      findEarlierRevocations(poolOf(dataSource), [{ businessId, tokenId }]),
    );
    return { ...(await this.confirmed(businessId, revoked ?? null)), ...outcome };
  }

  /**
   * The facts of a revocation that was made before, once no verifier can answer "active" any more.
   * @throws DomainError `token.not_found` for a token that is not revoked as well
   */
  async confirm(businessId: string | null, tokenId: string): Promise<Revocation> {
    const [revoked] = await findEarlierRevocations(poolOf(this.dataSource), [{ businessId, tokenId }]);
    return this.confirmed(businessId, revoked ?? null);
  }

  private async confirmed(businessId: string | null, marked: Marked | null): Promise<Revocation> {
    if (marked === null) throw new DomainError('token.not_found', 'Resource not found');
    const { row, first, tokensRevoked, auditSequence } = marked;
    const [barrier, liveSuccessors] = await Promise.all([
      // A repeated call waits as well: the first may still be waiting.
      this.barrier.wait(marked.transactionId),
      row.replaced_by === null ? [] : this.liveSuccessors(businessId, row.id),
    ]);
    return {
      id: row.id,
      jti: row.jti,
      name: row.name,
      revokedAt: row.revoked_at,
      revokedBy: row.revoked_by,
      reason: row.revocation_reason,
      first,
      tokensRevoked,
      liveSuccessors,
      auditSequence,
      barrier,
    };
  }

  private async liveSuccessors(businessId: string | null, tokenId: string): Promise<string[]> {
    const values = [businessId, tokenId];
    const rows = await this.revokeLane.look(businessId, (dataSource) =>
      queryPrepared<{ id: string }>(dataSource, FIND_LIVE_SUCCESSORS, values),
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Revokes all tokens of an owner as part of `change`, which ends the owner and is made everywhere.
   * @returns how many were revoked
   */
  async revokeAllOf(
    businessId: string,
    tokensOf: TokensOf,
    author: Author,
    reason: string,
    change: Change,
  ): Promise<number> {
    const [statement, ownerId, ...rest] = statementFor(tokensOf);
    const rows = await queryPreparedIn<RevokedRow>(change.manager, statement, [
      businessId,
      ownerId,
      author.label,
      reason,
      ...rest,
    ]);
    const origin = { cause: 'owner', origin: null } as const;
    for (const row of rows) change.record(eventOf({ businessId, author, reason }, row, origin));
    return rows.length;
  }
}

function statementFor(tokensOf: TokensOf): [Prepared, string, ...string[]] {
  if ('memberId' in tokensOf) return [REVOKE_TOKENS_OF_MEMBER, tokensOf.memberId];
  if (tokensOf.dialect === undefined) return [REVOKE_TOKENS_OF_IDENTITY, tokensOf.identityId];
  return [REVOKE_TOKENS_OF_IDENTITY_IN_DIALECT, tokensOf.identityId, tokensOf.dialect];
}
