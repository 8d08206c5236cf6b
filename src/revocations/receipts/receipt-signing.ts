import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { CompactSign } from 'jose';
import type { EventPlace } from '../../audit/reading/dropped-events.repository.js';
import { AuditEventsRepository } from '../../audit/reading/audit-events.repository.js';
import type { StoredEvent } from '../../audit/trail/stored-event.js';
import type { AuditAction } from '../../log-format/audit-action.js';
import type { AuditTarget } from '../../log-format/audit-event.js';
import type { BusinessCaller } from '../../auth/caller.js';
import { RecordedAnswers } from './recorded-answers.js';
import { CheckpointNotes } from '../../audit/sealing/checkpoint-notes.js';
import { IntegrityFaults } from '../../audit/sealing/integrity-faults.js';
import { Proofs } from '../../audit/proofs/proofs.js';
import { refusal, type DomainError } from '../../common/errors/domain-error.js';
import { httpConfig } from '../../config/http.config.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import { SigningKeys } from '../../secrets/signing-keys.js';
import type { KeptBarrier } from './kept-barriers.repository.js';

const RECEIPT_TYPE = 'rescind-receipt+jwt';

/** What every receipt states. Times are RFC 3339, but for `iat`. */
export interface SignedClaims {
  iss: string;
  /** When this receipt was signed; seconds. */
  iat: number;
  /** Id of the token; of a cut-off, its own. */
  sub: string;
  business_id: string;
  revoked_at: string;
  revoked_by: string | null;
  revocation_reason: string | null;
  /** Where the revocation stands in the provable log. */
  audit: { origin: string; event_id: string; sequence: number; leaf_hash: string };
  /** What the revocation waited for until no verifier could accept the token; the same in every receipt. */
  barrier: KeptBarrier;
}

/** Signs receipts for what is in the sealed log and agrees with the rows. */
@Injectable()
export class ReceiptSigning {
  constructor(
    private readonly events: AuditEventsRepository,
    private readonly proofs: Proofs,
    private readonly recorded: RecordedAnswers,
    private readonly faults: IntegrityFaults,
    private readonly notes: CheckpointNotes,
    private readonly keys: SigningKeys,
    private readonly clock: DatabaseClock,
    @Inject(httpConfig.KEY) private readonly http: ConfigType<typeof httpConfig>,
  ) {}

  /** The first event of its kind about a token, or a revocation of many; null: retention has dropped it, or it is not there yet. */
  async firstEvent(
    businessId: string,
    action: AuditAction,
    { kind, id }: { kind: AuditTarget['kind']; id: string },
  ): Promise<StoredEvent | null> {
    const [event] = await this.events.page(businessId, {
      filter: { actions: [action], targetKind: kind, targetId: id },
      order: 'ASC',
      count: 1,
      after: null,
    });
    return event ?? null;
  }

  /**
   * The position in the log, after checking that the sealed tree has the leaf there.
   * @throws DomainError `audit.integrity_violated`
   */
  async proven(businessId: string, subject: string, place: EventPlace): Promise<EventPlace> {
    const { leaf } = await this.proofs.included(businessId, place.sequence);
    if (!leaf.equals(place.leafHash)) throw this.differs(businessId, subject);
    return place;
  }

  /** Raises the alarm: rows and log disagree. */
  differs(businessId: string, subject: string): DomainError {
    this.faults.raise('receipt_differs', businessId, subject);
    return refusal('audit.integrity_violated');
  }

  /** Records that somebody gets a receipt of that place, before they get it. @throws as RecordedAnswers */
  record(caller: BusinessCaller, target: AuditTarget, { sequence }: EventPlace): Promise<void> {
    const details = { revocation_sequence: sequence };
    return this.recorded.record(caller, { action: 'receipt.issued', target, details });
  }

  /** A compact JWS (RFC 7515), EdDSA, `typ` {@link RECEIPT_TYPE}, `kid` in the JWKS. */
  sign<Claims extends Omit<SignedClaims, 'iss' | 'iat' | 'audit'>>(
    claims: Claims,
    place: EventPlace,
  ): Promise<string> {
    const origin = this.notes.originOf(claims.business_id);
    const { eventId, sequence, leafHash } = place;
    const said = {
      iss: this.http.publicUrl ?? origin,
      iat: Math.floor(this.clock.nowMs() / 1000),
      ...claims,
      audit: { origin, event_id: eventId, sequence, leaf_hash: leafHash.toString('base64') },
    };
    return new CompactSign(Buffer.from(JSON.stringify(said)))
      .setProtectedHeader({ alg: 'EdDSA', typ: RECEIPT_TYPE, kid: this.keys.kid })
      .sign(this.keys.privateKey);
  }
}

export function placeOfEvent(event: StoredEvent): EventPlace {
  return { eventId: event.id, sequence: Number(event.sequence), leafHash: event.leaf_hash };
}
