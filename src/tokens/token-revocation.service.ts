import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SYSTEM_CONTEXT, type AuditContext } from '../audit/trail/audit-draft.js';
import type { Change } from '../changes/change.js';
import { refusal } from '../common/errors/domain-error.js';
import { sessionOf } from '../database/prepared.js';
import { RevokeLane } from '../database/revoke-lane.js';
import { inBusiness } from '../database/row-access.js';
import { Barrier } from '../revocation/barrier.js';
import type { BarrierFacts } from '../revocation/barrier-facts.js';
import { DerivedRevocation, type DerivedRevocationRequest } from './derived/derived-revocation.js';
import { KeptBarriers } from './receipts/kept-barriers.js';
import { RevocationsRepository, type TokensOf } from './revocations.repository.js';
import type { CommittedRevocation } from './revocation-batch/revocation-request.js';
import { RevocationGroupCommit } from './revocation-batch/revocation-group-commit.js';
import { revocationEvent } from './revocation-batch/revocation-transaction.js';

/** A revocation that has taken effect everywhere. */
export interface Revocation {
  id: string;
  jti: string;
  name: string | null;
  revokedAt: Date;
  revokedBy: string | null;
  reason: string | null;
  /** The cut-off that revoked it, and to which these facts belong; null: there was none. */
  revokedWith: string | null;
  /** False if an earlier call had revoked it: these are the facts of that call. */
  first: boolean;
  /** How many tokens this call revoked, including successors and children. */
  tokensRevoked: number;
  /** Successors by rotation that are still active, in order. */
  liveSuccessors: string[];
  auditSequence: number | null;
  barrier: BarrierFacts;
}

/** The only place where tokens are revoked, for every dialect. */
@Injectable()
export class TokenRevocationService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly revokeLane: RevokeLane,
    private readonly barrier: Barrier,
    private readonly groupCommit: RevocationGroupCommit,
    private readonly derived: DerivedRevocation,
    private readonly revocations: RevocationsRepository,
    private readonly barriers: KeptBarriers,
  ) {}

  /**
   * Revokes one token of `businessId` (null: the platform's own). The first revocation wins: a repeated call answers
   * with its facts. Resolves only when no verifier can answer "active" any more (R1).
   * @throws DomainError `token.not_found` also for a token of another business, indistinguishably; `audit.unwritable`:
   *   nothing is changed; `revocation.unconfirmed`: the token is revoked, but not confirmed everywhere.
   */
  async revokeById(
    businessId: string | null,
    tokenId: string,
    author: AuditContext,
    reason: string | null,
  ): Promise<Revocation> {
    const marked = await this.groupCommit.submit({ businessId, tokenId, author, reason });
    return this.confirmed(businessId, marked);
  }

  /**
   * As `revokeById`, together with the tokens that come from it: see DerivedRevocation. Tokens that its holder made
   * before are found; what they request afterwards is refused.
   * @throws DomainError as `revokeById`; `authentication.invalid` when the actor's token was revoked meanwhile
   */
  async revokeWithDerived(request: DerivedRevocationRequest, author: AuditContext): Promise<Revocation> {
    const { businessId, tokenId } = request;
    const outcome = await this.derived.revokeDerived(request, author);
    const [revoked] = await this.revokeLane.look(businessId, async (manager) =>
      this.revocations.findRevoked(await sessionOf(manager), [{ businessId, tokenId }]),
    );
    return { ...(await this.confirmed(businessId, revoked ?? null)), ...outcome };
  }

  /**
   * The facts of an earlier revocation, once no verifier can answer "active" any more. A token that was cut off, and is
   * not marked yet, is marked first.
   * @throws DomainError `token.not_found`, also for a token that is not revoked
   */
  async confirm(businessId: string | null, tokenId: string): Promise<Revocation> {
    const [revoked, isCutOff] = await inBusiness(this.dataSource, businessId, async (manager) => {
      const session = await sessionOf(manager);
      const [found] = await this.revocations.findRevoked(session, [{ businessId, tokenId }]);
      return [found ?? null, await this.revocations.isCutOff(session, businessId, tokenId)] as const;
    });
    // It cannot have become active meanwhile: a cut-off only rises.
    if (revoked === null && isCutOff) return this.revokeById(businessId, tokenId, SYSTEM_CONTEXT, null);
    return this.confirmed(businessId, revoked);
  }

  private async confirmed(
    businessId: string | null,
    marked: CommittedRevocation | null,
  ): Promise<Revocation> {
    if (marked === null) throw refusal('token.not_found');
    const { row, first, tokensRevoked, auditSequence } = marked;
    const [barrier, liveSuccessors] = await Promise.all([
      // A repeated call waits as well: the first, or the cut-off before it, may still be waiting.
      first
        ? this.barrier.wait(marked.transactionId)
        : this.barrier.waitForAllOf(businessId, marked.transactionId),
      row.replaced_by === null ? [] : this.liveSuccessors(businessId, row.id),
    ]);
    if (first) this.barriers.keep(businessId, row.id, barrier);
    return {
      id: row.id,
      jti: row.jti,
      name: row.name,
      revokedAt: row.revoked_at,
      revokedBy: row.revoked_by,
      reason: row.revocation_reason,
      revokedWith: row.revoked_with,
      first,
      tokensRevoked,
      liveSuccessors,
      auditSequence,
      barrier,
    };
  }

  private liveSuccessors(businessId: string | null, tokenId: string): Promise<string[]> {
    return this.revokeLane.look(businessId, (manager) =>
      this.revocations.findLiveSuccessors(businessId, tokenId, manager),
    );
  }

  /**
   * Revokes all tokens of an owner as part of `change`. The change must keep others from issuing to that owner until it
   * ends.
   * @param businessId null: outside of all businesses
   * @returns the ids of the tokens that were revoked; tokens that were cut off before are only marked, and not included
   */
  async revokeAllOf(
    businessId: string | null,
    tokensOf: TokensOf,
    author: AuditContext,
    reason: string,
    change: Change,
  ): Promise<string[]> {
    const facts = { businessId, revokedBy: author.label, reason };
    const origin = { cause: 'owner', origin: null } as const;
    const revoked: string[] = [];
    for await (const rows of this.revocations.revokeOwned(facts, tokensOf, change.manager)) {
      for (const row of rows) {
        change.record(revocationEvent({ businessId, author, reason }, row, origin));
        if (row.revoked_with === null) revoked.push(row.id);
      }
      await change.writeSoFar();
    }
    return revoked;
  }
}
