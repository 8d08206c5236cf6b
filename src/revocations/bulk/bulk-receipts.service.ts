import { Injectable } from '@nestjs/common';
import { GenuineEvents } from '../../audit/reading/genuine-events.js';
import type { StoredEvent } from '../../audit/trail/stored-event.js';
import { canonicalJson } from '../../log-format/canonical-event.js';
import type { BusinessCaller } from '../../auth/caller.js';
import { Settled } from '../../changes/settled.js';
import { refusal } from '../../common/errors/domain-error.js';
import { KeptBarriers, type KeptBarrier } from '../receipts/kept-barriers.repository.js';
import { placeOfEvent, ReceiptSigning } from '../receipts/receipt-signing.js';
import type { RevocationRecord } from './revocation-records.repository.js';
import { RevocationRecords } from './revocation-records.service.js';

/** Signed statements that a revocation of many tokens took effect. */
@Injectable()
export class BulkReceipts {
  constructor(
    private readonly records: RevocationRecords,
    private readonly genuine: GenuineEvents,
    private readonly barriers: KeptBarriers,
    private readonly settled: Settled,
    private readonly signing: ReceiptSigning,
  ) {}

  /**
   * The receipt of a revocation, as ReceiptSigning signs it: made of what the log says, once that is proven to be in the sealed
   * tree, and recorded like any other look at it.
   * @throws DomainError `revocation.not_found`, also before it is made, and once retention has dropped its event; `audit.integrity_violated` when
   * row and log do not say the same, or the log is not what was sealed
   */
  async receipt(caller: BusinessCaller, id: string): Promise<string> {
    const { businessId } = caller;
    const row = await this.records.get(caller, id);
    // Of a selection, every token of which is revoked by its own event, the last one.
    const isCutOff = row.kind === 'cut_off';
    const target = { kind: 'revocation', id } as const;
    const ended = isCutOff ? 'token.cut_off' : 'token.selection_marked';
    const event = await this.signing.firstEvent(businessId, ended, target);
    // What was selected, and by whom, is said where it begins; retention drops that first.
    const begun = isCutOff
      ? event
      : await this.signing.firstEvent(businessId, 'token.selection_revoked', target);
    if (event === null || begun === null) throw refusal('revocation.not_found');
    await this.genuine.demand(begun === event ? [event] : [event, begun]);
    if (!(isCutOff ? cutOffSaysTheSame(event, row) : selectionSaysTheSame(begun, event, row)))
      throw this.signing.differs(businessId, id);
    const place = await this.signing.proven(businessId, id, placeOfEvent(event));
    await this.signing.record(caller, target, place);
    const claims = {
      sub: id,
      business_id: businessId,
      selector: row.selector,
      ...(row.notBefore === null
        ? { tokens_revoked: row.tokensRevoked }
        : { issued_before: row.notBefore.toISOString() }),
      revoked_at: event.occurred_at.toISOString(),
      revoked_by: row.revokedBy,
      revocation_reason: row.reason,
      barrier: await this.keptOf(businessId, id),
    };
    return this.signing.sign(claims, place);
  }

  /** What was waited for; where that was not kept, what is waited for now. */
  private async keptOf(businessId: string, id: string): Promise<KeptBarrier> {
    const kept = await this.barriers.kept(businessId, id);
    if (kept !== null) return kept;
    return this.barriers.of(businessId, id, await this.settled.everywhere(businessId));
  }
}

/** Whether the row of a cut-off says what its event in the log says. */
function cutOffSaysTheSame(
  { details, reason, occurred_at: at }: StoredEvent,
  row: RevocationRecord,
): boolean {
  return (
    canonicalJson(row.selector) === canonicalJson(selectorIn(details)) &&
    details.subject === row.subject &&
    details.not_before === row.notBefore?.toISOString() &&
    details.revoked_by === row.revokedBy &&
    reason === row.reason &&
    at.getTime() === row.revokedAt?.getTime()
  );
}

/** The same of selected tokens: what was meant stands in the event of the beginning, what came of it in that of the end. */
function selectionSaysTheSame(begun: StoredEvent, done: StoredEvent, row: RevocationRecord): boolean {
  return (
    canonicalJson(row.selector) === begun.details.selector &&
    begun.details.revoked_by === row.revokedBy &&
    begun.reason === row.reason &&
    done.reason === row.reason &&
    done.details.tokens_revoked === row.tokensRevoked &&
    done.occurred_at.getTime() === row.finishedAt?.getTime()
  );
}

/** The selector of a cut-off as its event tells it. */
function selectorIn({ shape, subject, name }: Record<string, unknown>): object {
  if (shape === 'business') return { business: true };
  return shape === 'owner' ? { owner: name } : { identity: subject };
}
