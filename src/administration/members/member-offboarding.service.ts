import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditTrail } from '../../audit/trail/audit-trail.js';
import type { Caller } from '../../auth/caller.js';
import { DomainError } from '../../common/errors/domain-error.js';
import type { Member } from '../../members/member.entity.js';
import { MembersRepository } from '../../members/members.repository.js';
import { Barrier } from '../../revocation/barrier.js';
import { TokenRevocationService } from '../../tokens/token-revocation.service.js';
import { demandAnotherOwner, demandOwnership } from './members.service.js';

export interface Offboarded {
  member: Member;
  tokensRevoked: number;
}

/** Ends a membership and, with it, every token of the member: a use case above both, so that neither knows the other. */
@Injectable()
export class MemberOffboardingService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly members: MembersRepository,
    private readonly revocations: TokenRevocationService,
    private readonly trail: AuditTrail,
    private readonly barrier: Barrier,
  ) {}

  /**
   * Removes the member and revokes all their tokens in one transaction; resolves when every verifier refuses them.
   * @throws DomainError `member.not_found`, `member.last_owner`
   */
  async remove(businessId: string, id: string, reason: string | null, author: Caller): Promise<Offboarded> {
    const { transactionId, ...offboarded } = await this.dataSource.transaction((manager) =>
      this.removeIn(businessId, id, reason, author, manager),
    );
    await this.barrier.wait(transactionId);
    return offboarded;
  }

  private async removeIn(
    businessId: string,
    id: string,
    reason: string | null,
    author: Caller,
    manager: EntityManager,
  ) {
    const owners = await this.members.lockOwners(businessId, manager);
    const member = await this.members.find(businessId, id, manager);
    if (member === null) throw new DomainError('member.not_found', 'Resource not found');
    demandOwnership(author, member.role);
    if (member.role === 'owner') demandAnotherOwner(owners, id);
    // First the member: whoever is issuing them a token right now holds its lock, and that token must be seen below.
    if ((await this.members.remove(businessId, id, manager)) === 0)
      throw new DomainError('member.not_found', 'Resource not found');
    const tokensRevoked = await this.revocations.revokeAllOf(
      businessId,
      { memberId: id },
      author,
      reason ?? 'member removed',
      manager,
    );
    const event = await this.trail.record(
      {
        businessId,
        actor: author.actor,
        action: 'member.removed',
        target: { kind: 'member', id },
        reason,
        request: author.request,
        details: { email: member.email, tokens_revoked: tokensRevoked },
      },
      manager,
    );
    return { member, tokensRevoked, transactionId: event.transactionId };
  }
}
