import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SYSTEM_CONTEXT, type AuditContext } from '../audit/trail/audit-draft.js';
import type { Change } from '../changes/change.js';
import { refusal } from '../common/errors/domain-error.js';
import { emptied, sessionOf } from '../database/prepared.js';
import { RevokeLane } from '../database/revoke-lane.js';
import { inBusiness } from '../database/row-access.js';
import { Barrier } from '../lease/barrier.js';
import type { BarrierFacts } from '../lease/barrier-facts.js';
import type { BarrierWatch } from '../lease/barrier-progress.js';
import { DerivedRevocation, type DerivedRevocationRequest } from './derived/derived-revocation.js';
import type { CommittedFacts, RevocationWatch } from './progress/revocation-progress.dto.js';
import { KeptBarriers } from './receipts/kept-barriers.repository.js';
import {
  type CommittedRevocation,
  RevocationsRepository,
  type RevokedRow,
  type TokensOf,
} from './revocations.repository.js';
import { OneRevocation, revocationEvent } from './one-revocation.js';
import { StatedRevocations } from '../integrity/stated-revocations.js';
import type { TokenKind } from '../token-rows/token.entity.js';

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
    private readonly one: OneRevocation,
    private readonly derived: DerivedRevocation,
    private readonly revocations: RevocationsRepository,
    private readonly barriers: KeptBarriers,
    private readonly stated: StatedRevocations,
  ) {}

  /**
   * Revokes one token of `businessId` (null: the platform's own). The first revocation wins: a repeated call answers
   * with its facts. `kind`: a token of the other kind does not exist. Resolves only when no verifier can answer "active" any more (R1).
   * @throws DomainError `token.not_found` also for a token of another business, indistinguishably; `audit.unwritable`:
   *   nothing is changed; `revocation.unconfirmed`: the token is revoked, but not confirmed everywhere.
   */
  async revokeById(
    businessId: string | null,
    tokenId: string,
    author: AuditContext,
    reason: string | null,
    { kind = 'api', watch }: { kind?: TokenKind; watch?: RevocationWatch | undefined } = {},
  ): Promise<Revocation> {
    const marked = await this.one.commit({ businessId, tokenId, author, reason, kind });
    if (marked?.first === false) await this.correct(businessId, marked.row);
    return this.confirmed(businessId, marked, watch);
  }

  /** Has an earlier revocation told as the log has it. */
  private async correct(businessId: string | null, row: RevokedRow): Promise<void> {
    const { id, revoked_at: revokedAt, revoked_by: revokedBy, revocation_reason: reason } = row;
    const stated = { id, businessId, revokedAt, revokedBy, reason, revokedWith: row.revoked_with };
    const logged = await this.stated.logged([stated], (work) => this.revokeLane.look(businessId, work));
    const said = logged.get(id) ?? stated;
    row.revoked_at = said.revokedAt;
    row.revoked_by = said.revokedBy;
    row.revocation_reason = said.reason;
    row.revoked_with = said.revokedWith;
  }

  /**
   * As `revokeById`, together with the tokens that come from it: see DerivedRevocation. Tokens that its holder made
   * before are found; what they request afterwards is refused.
   * @throws DomainError as `revokeById`; `authentication.invalid` when the actor's token was revoked meanwhile
   */
  async revokeWithDerived(
    request: DerivedRevocationRequest,
    author: AuditContext,
    watch?: RevocationWatch,
  ): Promise<Revocation> {
    const { businessId } = request;
    const committed = watch === undefined ? undefined : () => this.watchCommitted(request, watch);
    const outcome = await this.derived.revokeDerived(request, author, committed);
    const revoked = demanded(await this.findRevoked(request));
    if (outcome.first) this.barriers.keep(businessId, revoked.row.id, outcome.barrier);
    watch?.committed(factsOf(revoked));
    return { ...this.told(revoked, await this.liveSuccessors(businessId, revoked)), ...outcome };
  }

  /** Tells of it as soon as it is found: nobody else waits for that. */
  private watchCommitted(request: DerivedRevocationRequest, watch: RevocationWatch): BarrierWatch {
    void this.findRevoked(request).then(
      (found) => (found === null ? undefined : watch.committed(factsOf(found))),
      // The answer looks for it again.
      () => undefined,
    );
    return watch.waiting;
  }

  private async findRevoked({
    businessId,
    tokenId,
    kind = 'api',
  }: DerivedRevocationRequest): Promise<CommittedRevocation | null> {
    const [revoked] = await this.revokeLane.look(businessId, async (manager) =>
      this.revocations.findRevoked(await sessionOf(manager), [{ businessId, tokenId, kind }]),
    );
    return revoked ?? null;
  }

  /**
   * The facts of an earlier revocation, once no verifier can answer "active" any more. A token that was cut off, and is
   * not marked yet, is marked first.
   * @throws DomainError `token.not_found`, also for a token that is not revoked
   */
  async confirm(businessId: string | null, tokenId: string, kind: TokenKind = 'api'): Promise<Revocation> {
    const [revoked, isCutOff] = await inBusiness(this.dataSource, businessId, async (manager) => {
      const session = await sessionOf(manager);
      const [found] = await this.revocations.findRevoked(session, [{ businessId, tokenId, kind }]);
      return [found ?? null, await this.revocations.isCutOff(session, businessId, tokenId)] as const;
    });
    // It cannot have become active meanwhile: a cut-off only rises.
    if (revoked === null && isCutOff)
      return this.revokeById(businessId, tokenId, SYSTEM_CONTEXT, null, { kind });
    return this.confirmed(businessId, revoked);
  }

  private async confirmed(
    businessId: string | null,
    found: CommittedRevocation | null,
    watch?: RevocationWatch,
  ): Promise<Revocation> {
    const marked = demanded(found);
    const { first, transactionId } = marked;
    watch?.committed(factsOf(marked));
    const [barrier, liveSuccessors] = await Promise.all([
      // A repeated call waits as well: the first, or the cut-off before it, may still be waiting.
      first
        ? this.barrier.wait(transactionId, watch?.waiting)
        : this.barrier.waitForAllOf(businessId, transactionId, watch?.waiting),
      this.liveSuccessors(businessId, marked),
    ]);
    if (first) this.barriers.keep(businessId, marked.row.id, barrier);
    return { ...this.told(marked, liveSuccessors), barrier };
  }

  private told(
    { row, first, tokensRevoked, auditSequence }: CommittedRevocation,
    liveSuccessors: string[],
  ): Omit<Revocation, 'barrier'> {
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
    };
  }

  private async liveSuccessors(businessId: string | null, { row }: CommittedRevocation): Promise<string[]> {
    if (row.replaced_by === null) return [];
    return this.revokeLane.look(businessId, (manager) =>
      this.revocations.findLiveSuccessors(businessId, row.id, manager),
    );
  }

  /**
   * Revokes all tokens of an owner as part of `change`. The change must keep others from issuing to that owner until it
   * ends.
   * @param businessId null: outside of all businesses
   * @returns the ids of the API tokens that were revoked; tokens that were cut off before are only marked, and not included
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
        if (row.revoked_with === null && row.kind === 'api') revoked.push(row.id);
      }
      emptied(rows);
      await change.writeSoFar();
    }
    return revoked;
  }
}

/** @throws DomainError `token.not_found` */
function demanded(found: CommittedRevocation | null): CommittedRevocation {
  if (found === null) throw refusal('token.not_found');
  return found;
}

function factsOf({ row, auditSequence }: CommittedRevocation): CommittedFacts {
  return { id: row.id, revokedAt: row.revoked_at, auditSequence };
}
