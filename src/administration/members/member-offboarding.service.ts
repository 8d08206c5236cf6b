import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { demandAuthorityOver } from '../../auth/principal.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import type { Member } from '../../directory/members/member.entity.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import { TokenRevocationService } from '../../tokens/token-revocation.service.js';
import { demandAnotherOwner } from './members.service.js';

interface Offboarded {
  member: Member;
  tokensRevoked: number;
}

/** Ends a membership and, with it, every token of the member: a use case above both, so that neither knows the other. */
@Injectable()
export class MemberOffboardingService {
  constructor(
    private readonly members: MembersRepository,
    private readonly revocations: TokenRevocationService,
    private readonly changes: Changes,
  ) {}

  /**
   * Removes the member and revokes all their tokens in one transaction; resolves when every verifier refuses them.
   * @throws DomainError `member.not_found`, `member.last_owner`; `permission.denied` for a member of a higher role
   */
  remove(businessId: string, id: string, reason: string | null, author: Caller): Promise<Offboarded> {
    return this.changes.endEverywhere(author, businessId, (change) =>
      this.removeIn(businessId, id, reason, author, change),
    );
  }

  private async removeIn(
    businessId: string,
    id: string,
    reason: string | null,
    author: Caller,
    change: Change,
  ): Promise<Offboarded> {
    const { manager } = change;
    const owners = await this.members.lockOwners(businessId, manager);
    const member = await this.members.find(businessId, id, manager);
    if (member === null) throw refusal('member.not_found');
    demandAuthorityOver(author.principal, member.role);
    if (member.role === 'owner') demandAnotherOwner(owners, id);
    // First the member: whoever is issuing them a token right now holds its lock, and that token must be seen below.
    if ((await this.members.remove(businessId, id, manager)) === 0) throw refusal('member.not_found');
    const revoked = await this.revocations.revokeAllOf(
      businessId,
      { memberId: id },
      author,
      reason ?? 'member removed',
      change,
    );
    const tokensRevoked = revoked.length;
    change.record({
      action: 'member.removed',
      target: { kind: 'member', id },
      reason,
      details: { email: member.email, tokens_revoked: tokensRevoked },
    });
    return { member, tokensRevoked };
  }
}
