import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { managesAllTokens } from '../../auth/principal.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import { areOfOneHolder, areOfOnePerson, isPerson } from './person.js';
import { RevocationRecordsRepository, type RevocationRecord } from './revocation-records.repository.js';
import { RevocationRequestsRepository } from './revocation-requests.repository.js';
import { demandAuthorityOverAsker, seesAllRevocations } from './revocation-terms.js';

/** Declines revocations that wait for a second person. */
@Injectable()
export class RevocationDeclining {
  constructor(
    private readonly changes: Changes,
    private readonly requests: RevocationRequestsRepository,
    private readonly records: RevocationRecordsRepository,
  ) {}

  /**
   * Ends a revocation that waits for a second person, for good, and revokes nothing. Of approval, decline and expiry the first to
   * commit stands. For whoever may approve it, and for whoever has asked, who withdraws it. A repeated call changes nothing, and
   * answers with the facts of the first.
   * @throws DomainError `revocation.not_found`, for one that the caller may not see as well; `revocation.decline_denied`;
   * `permission.denied` for whoever is of a lower role than whoever asked; `revocation.not_awaiting`
   */
  async decline(caller: Caller, id: string, reason: string): Promise<RevocationRecord> {
    const { businessId, label } = caller;
    await this.demandMayDecline(caller, id);
    const { result } = await this.changes.commitEnd(caller, businessId, async (change) => {
      const { manager } = change;
      const request = await this.requests.hold(businessId, id, manager);
      if (request?.state !== 'declined') {
        // The time may be over since the row was read.
        const declined =
          request?.state === 'awaiting_approval' &&
          (await this.requests.decline(businessId, id, { by: label, reason }, manager));
        if (!declined) throw refusal('revocation.not_awaiting');
        change.record({
          action: 'revocation.declined',
          target: { kind: 'revocation', id },
          reason,
          details: {
            asked_by: request.askedBy,
            declined_by: label,
            tokens: request.tokensMatched,
            state_before: request.state,
            state_after: 'declined',
          },
        });
      }
      return (await this.records.find(businessId, id, manager)) as RevocationRecord;
    });
    return result;
  }

  private async demandMayDecline(caller: Caller, id: string): Promise<void> {
    const { principal, businessId } = caller;
    const asked = await this.requests.find(businessId, id);
    if (asked === null) throw refusal('revocation.not_found');
    const lines = await this.requests.lineages(asked.askedByToken, principal.token.id);
    if (areOfOneHolder(lines)) return;
    if (!seesAllRevocations(caller)) throw refusal('revocation.not_found');
    if (!managesAllTokens(principal)) throw refusal('permission.denied', { scope: 'rescind:business:admin' });
    if (!isPerson(principal) || areOfOnePerson(lines)) throw refusal('revocation.decline_denied');
    demandAuthorityOverAsker(caller, asked.terms);
  }
}
