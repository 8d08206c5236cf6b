import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { demandAuthorityOver } from '../../auth/principal.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import type { Member } from '../../directory/members/member.entity.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import { TokenRevocationService } from '../../revocations/token-revocation.service.js';
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
    const member = await this.members.find(businessId, id, change.manager);
    if (member === null) throw refusal('member.not_found');
    const tokensRevoked = await this.endIn(member, author, change, {
      end: () => this.members.remove(businessId, id, change.manager),
      reason: reason ?? 'member removed',
    });
    change.record({
      action: 'member.removed',
      target: { kind: 'member', id },
      reason,
      details: { email: member.email, tokens_revoked: tokensRevoked },
    });
    return { member, tokensRevoked };
  }

  /**
   * The same in a change that others make more of, for a directory, which may activate the member again: see
   * DirectoryMembers. Its verifiers have to be waited for.
   */
  async deactivateIn(member: Member, author: Caller, change: Change): Promise<void> {
    const { businessId, id, email } = member;
    const tokensRevoked = await this.endIn(member, author, change, {
      end: () => this.members.deactivate(businessId, id, change.manager),
      reason: 'member deactivated',
    });
    change.record({
      action: 'member.deactivated',
      target: { kind: 'member', id },
      details: { email, tokens_revoked: tokensRevoked },
    });
  }

  /** As `remove`, for a member of a directory that has deleted them. */
  async deleteIn(member: Member, author: Caller, change: Change): Promise<void> {
    const { businessId, id } = member;
    if (member.removedAt === null) {
      await this.removeIn(businessId, id, null, author, change);
      return;
    }
    demandAuthorityOver(author.principal, member.role);
    await this.members.forget(businessId, id, change.manager);
    const details = { email: member.email, tokens_revoked: 0 };
    change.record({ action: 'member.removed', target: { kind: 'member', id }, details });
  }

  private async endIn(
    { businessId, id, role }: Member,
    author: Caller,
    change: Change,
    { end, reason }: { end: () => Promise<number>; reason: string },
  ): Promise<number> {
    const owners = await this.members.lockOwners(businessId, change.manager);
    demandAuthorityOver(author.principal, role);
    if (role === 'owner') demandAnotherOwner(owners, id);
    // First the member: whoever is issuing them a token right now holds its lock, and that token must be seen below.
    if ((await end()) === 0) throw refusal('member.not_found');
    const revoked = await this.revocations.revokeAllOf(businessId, { memberId: id }, author, reason, change);
    return revoked.length;
  }
}
