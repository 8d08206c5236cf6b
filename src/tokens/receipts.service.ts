import { Injectable } from '@nestjs/common';
import { DroppedEvents, type EventPlace } from '../audit/reading/dropped-events.repository.js';
import { GenuineEvents } from '../audit/reading/genuine-events.js';
import type { BusinessCaller } from '../auth/caller.js';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import { isAsLogged, loggedRevocation } from '../integrity/logged-state.js';
import { TokenRevocationService, type Revocation } from '../revocations/token-revocation.service.js';
import type { TokenKind } from '../token-rows/token.entity.js';
import { TokensService } from './tokens.service.js';
import { KeptBarriers } from '../revocations/receipts/kept-barriers.repository.js';
import { placeOfEvent, ReceiptSigning, type SignedClaims } from '../revocations/receipts/receipt-signing.js';

/** What the receipt of a token states. */
export interface ReceiptClaims extends SignedClaims {
  /** Public id of the token, also inside its secret. */
  token_jti: string;
  /** The cut-off that ended it. */
  revocation_id?: string;
  /** The session that ended because this token did, with which it was opened. */
  session_id?: string;
}

/** A session, whose receipts are those of its own revocation, or of the token that it was opened with. */
interface EndedSession {
  id: string;
  /** null: it was opened without a token. */
  openedWith: string | null;
}

/** Signed statements that a revocation took effect, which customers can keep and check without Rescind. */
@Injectable()
export class ReceiptsService {
  constructor(
    private readonly tokens: TokensService,
    private readonly revocations: TokenRevocationService,
    private readonly barriers: KeptBarriers,
    private readonly dropped: DroppedEvents,
    private readonly genuine: GenuineEvents,
    private readonly signing: ReceiptSigning,
  ) {}

  /**
   * The receipt of a token, as ReceiptSigning signs it. Made from the event in the log, after it is proven to be in the
   * sealed tree. Recorded like any other read of the log.
   * @throws DomainError `token.not_found`, also while the token is not revoked; `audit.integrity_violated` when its row
   *   and the log disagree, or the log is not what was sealed
   */
  async receipt(caller: BusinessCaller, tokenId: string): Promise<string> {
    const { businessId } = caller;
    await this.tokens.get(caller, tokenId);
    return this.signed(caller, await this.revocations.confirm(businessId, tokenId), tokenId);
  }

  /**
   * The receipt of the end of a session: of its revocation, by whom and for what reason ever. If it is not revoked, but the
   * token that it was opened with is, the receipt of that token, which names the session.
   * @param session one that the caller may see
   * @throws DomainError `token.not_found`, also while neither is revoked; `audit.integrity_violated` as `receipt`
   */
  async receiptOfSession(caller: BusinessCaller, { id, openedWith }: EndedSession): Promise<string> {
    const own = await this.revocationOf(caller.businessId, id, 'session');
    if (own !== null) return this.signed(caller, own, id);
    if (openedWith === null) throw refusal('token.not_found');
    const revocation = await this.revocations.confirm(caller.businessId, openedWith);
    return this.signed(caller, revocation, id, { session_id: id });
  }

  private async revocationOf(businessId: string, id: string, kind: TokenKind): Promise<Revocation | null> {
    try {
      return await this.revocations.confirm(businessId, id, kind);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'token.not_found') return null;
      throw error;
    }
  }

  /** @param id what was asked for, which the log says */
  private async signed(
    caller: BusinessCaller,
    revocation: Revocation,
    id: string,
    more: Pick<ReceiptClaims, 'session_id'> = {},
  ): Promise<string> {
    const { businessId } = caller;
    const place = await this.placeOf(businessId, revocation);
    if (place === null) throw refusal('token.not_found');
    const barrier = await this.barriers.of(businessId, revocation.id, revocation.barrier);
    await this.signing.record(caller, { kind: 'token', id }, place);
    const { revokedWith } = revocation;
    const claims: Omit<ReceiptClaims, 'iss' | 'iat' | 'audit'> = {
      sub: revocation.id,
      token_jti: revocation.jti,
      business_id: businessId,
      revoked_at: revocation.revokedAt.toISOString(),
      revoked_by: revocation.revokedBy,
      revocation_reason: revocation.reason,
      ...(revokedWith === null ? {} : { revocation_id: revokedWith }),
      ...more,
      barrier,
    };
    return this.signing.sign(claims, place);
  }

  /** The position of the revocation in the log, also if retention has dropped the event: its leaf stays. */
  private async placeOf(businessId: string, revocation: Revocation): Promise<EventPlace | null> {
    const { id: tokenId } = revocation;
    const event = await this.signing.firstEvent(businessId, 'token.revoked', { kind: 'token', id: tokenId });
    if (event === null) {
      // It can no longer be compared, but its leaf is in the tree.
      const place = await this.dropped.revocationOf(businessId, tokenId);
      return place && this.signing.proven(businessId, tokenId, place);
    }
    await this.genuine.demand([event]);
    const logged = loggedRevocation(event);
    if (logged.jti !== revocation.jti || !isAsLogged(revocation, logged))
      throw this.signing.differs(businessId, tokenId);
    return this.signing.proven(businessId, tokenId, placeOfEvent(event));
  }
}
