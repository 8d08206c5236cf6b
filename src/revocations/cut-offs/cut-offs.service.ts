import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import type { Change } from '../../changes/change.js';
import { refusal, type DomainError } from '../../common/errors/domain-error.js';
import { seeEveryBusiness } from '../../database/row-access.js';
import { logOf, type CutOffTarget } from './cut-off-target.js';
import { CutOffsRepository } from './cut-offs.repository.js';

interface CutOffRequest {
  id: string;
  target: CutOffTarget;
  /** Tokens that were issued then or before are covered; null: up to now. */
  issuedBefore: Date | null;
  reason: string;
  /** What `revoked_by` says. */
  revokedBy: string;
  /** The second person; null: there is none. */
  approvedBy: string | null;
  breakGlass: boolean;
}

/**
 * Revokes everything that was issued to a business, a member, an identity, or anybody, up to a moment: one row, however
 * many tokens it covers. It is in effect everywhere once every verifier has confirmed it (docs/adr/0068-cut-offs.md).
 */
@Injectable()
export class CutOffsService {
  constructor(private readonly cutOffs: CutOffsRepository) {}

  /**
   * Cuts off the target as part of `change`, including the caller's own token if the target contains it. Tokens that are
   * issued afterwards are good. It cannot be undone (R3).
   * @throws DomainError `input.invalid` for a moment in the future, by the clock of the database
   */
  async cutOff(caller: Caller, request: CutOffRequest, change: Change): Promise<void> {
    const { id, issuedBefore, reason, revokedBy, approvedBy, breakGlass } = request;
    const { name, ...target } = request.target;
    const businessId = logOf(caller.businessId);
    // The last token that was issued is looked for among all that are meant.
    if (caller.businessId === null) await seeEveryBusiness(change.manager);
    const notBefore = await this.cutOffs.insert(
      { id, businessId, ...target, notBefore: issuedBefore, revokedBy, reason, breakGlass },
      change.manager,
    );
    if (notBefore === null) throw stillToCome();
    const { claimedUser } = caller.request;
    change.record({
      action: 'token.cut_off',
      target: { kind: 'revocation', id },
      reason,
      details: {
        shape: target.shape,
        subject: target.subject,
        name,
        not_before: notBefore.toISOString(),
        revoked_by: revokedBy,
        ...(claimedUser === undefined ? {} : { claimed_user: claimedUser }),
        ...(approvedBy === null ? {} : { approved_by: approvedBy }),
        ...(breakGlass ? { break_glass: true } : {}),
      },
    });
  }
}

function stillToCome(): DomainError {
  return refusal('input.invalid', {
    issues: [
      {
        loc: ['body', 'issued_before'],
        msg: 'Input should be a moment that has passed, by the clock of the database',
        type: 'value_error',
      },
    ],
  });
}
