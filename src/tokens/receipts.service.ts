import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { CompactSign } from 'jose';
import { AuditEventsRepository } from '../audit/reading/audit-events.repository.js';
import { DroppedEvents, type EventPlace } from '../audit/reading/dropped-events.js';
import { CheckpointNotes } from '../audit/sealing/checkpoint-notes.js';
import type { BusinessCaller } from '../auth/caller.js';
import { DomainError } from '../common/errors/domain-error.js';
import { httpConfig } from '../config/http.config.js';
import { DatabaseClock } from '../revocation/database-clock.js';
import type { BarrierFacts } from '../revocation/receipt.js';
import { SigningKeys } from '../secrets/signing-keys.js';
import { TokenRevocationService } from './token-revocation.service.js';
import { TokensService } from './tokens.service.js';

export const RECEIPT_TYPE = 'rescind-receipt+jwt';

/** What a receipt states. Times are RFC 3339, but for `iat`. */
export interface ReceiptClaims {
  iss: string;
  /** When this receipt was signed; seconds. */
  iat: number;
  /** Id of the token. */
  sub: string;
  /** Public id of the token, also inside its secret. */
  token_jti: string;
  business_id: string;
  revoked_at: string;
  revoked_by: string | null;
  revocation_reason: string | null;
  /** Where the revocation stands in the provable log. */
  audit: { origin: string; event_id: string; sequence: number; leaf_hash: string };
  /** What was waited for, at the time of this receipt, until no verifier could accept the token. */
  barrier: BarrierFacts;
}

/** Signed statements that a revocation took effect, for customers to keep and to check without us. */
@Injectable()
export class ReceiptsService {
  constructor(
    private readonly tokens: TokensService,
    private readonly revocations: TokenRevocationService,
    private readonly events: AuditEventsRepository,
    private readonly dropped: DroppedEvents,
    private readonly notes: CheckpointNotes,
    private readonly keys: SigningKeys,
    private readonly clock: DatabaseClock,
    @Inject(httpConfig.KEY) private readonly http: ConfigType<typeof httpConfig>,
  ) {}

  /**
   * A compact JWS (RFC 7515), EdDSA, `typ` {@link RECEIPT_TYPE}, `kid` in the JWKS.
   * @throws DomainError `token.not_found`, also while the token is not revoked
   */
  async receipt(caller: BusinessCaller, tokenId: string): Promise<string> {
    const { businessId } = caller;
    await this.tokens.get(caller, tokenId);
    const revocation = await this.revocations.confirm(businessId, tokenId);
    const place = await this.placeOf(businessId, tokenId);
    if (place === null) throw new DomainError('token.not_found', 'Resource not found');
    return this.sign({
      iss: this.http.publicUrl ?? this.notes.originOf(businessId),
      iat: Math.floor(this.clock.nowMs() / 1000),
      sub: revocation.id,
      token_jti: revocation.jti,
      business_id: businessId,
      revoked_at: revocation.revokedAt.toISOString(),
      revoked_by: revocation.revokedBy,
      revocation_reason: revocation.reason,
      audit: {
        origin: this.notes.originOf(businessId),
        event_id: place.eventId,
        sequence: place.sequence,
        leaf_hash: place.leafHash.toString('base64'),
      },
      barrier: revocation.barrier,
    });
  }

  /** Where the revocation stands in the log, or stood before retention dropped it: its leaf is there for good. */
  private async placeOf(businessId: string, tokenId: string): Promise<EventPlace | null> {
    const [event] = await this.events.page(businessId, {
      filter: { actions: ['token.revoked'], targetKind: 'token', targetId: tokenId },
      order: 'ASC',
      count: 1,
      after: null,
    });
    if (event === undefined) return this.dropped.revocationOf(businessId, tokenId);
    return { eventId: event.id, sequence: Number(event.sequence), leafHash: event.leaf_hash };
  }

  private sign(claims: ReceiptClaims): Promise<string> {
    return new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'EdDSA', typ: RECEIPT_TYPE, kid: this.keys.kid })
      .sign(this.keys.privateKey);
  }
}
