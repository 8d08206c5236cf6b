import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { demandAuthorityOver } from '../../auth/principal.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import { driverCodeOf } from '../../common/errors/driver-error.js';
import { newId } from '../../common/new-id.js';
import type { Page } from '../../common/page.js';
import type { Member } from '../../directory/members/member.entity.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import { createdAtPage, type CreatedAtPageRequest } from '../created-at-page.js';
import type { AddMemberDto, ChangeMemberDto } from './member.dto.js';

const UNIQUE_VIOLATION = '23505';

/** Memberships, but for their end: see MemberOffboardingService. */
@Injectable()
export class MembersService {
  constructor(
    private readonly members: MembersRepository,
    private readonly changes: Changes,
  ) {}

  /** @param businessId null: of whatever business */
  list(businessId: string | null, request: CreatedAtPageRequest & { email?: string }): Promise<Page<Member>> {
    const email = request.email?.toLowerCase();
    return createdAtPage(request, (query) => this.members.page(businessId, { ...query, email }));
  }

  /** @throws DomainError `member.not_found` */
  async get(businessId: string, id: string): Promise<Member> {
    return (await this.members.find(businessId, id)) ?? notFound();
  }

  /** @throws DomainError `permission.denied`; `member.exists` when the e-mail is a member's already */
  async add(businessId: string, input: AddMemberDto, author: Caller): Promise<Member> {
    demandAuthorityOver(author.principal, input.role);
    const email = input.email.toLowerCase();
    try {
      return await this.changes.make(author, businessId, async (change) => {
        const member = await this.members.insert(
          { id: newId(), businessId, email, name: input.name, role: input.role },
          change.manager,
        );
        change.record({
          action: 'member.added',
          target: { kind: 'member', id: member.id },
          details: { email, name: input.name, role: input.role },
        });
        return member;
      });
    } catch (error) {
      if (driverCodeOf(error) === UNIQUE_VIOLATION) throw refusal('member.exists');
      throw error;
    }
  }

  /**
   * Changes name or role. A smaller role limits every token of the member; answered only when every verifier
   * knows it.
   * @throws DomainError `member.not_found`, `member.last_owner`; `permission.denied` to or from a higher role
   */
  change(businessId: string, id: string, changes: ChangeMemberDto, author: Caller): Promise<Member> {
    return this.changes.makeEverywhere(author, businessId, (change) =>
      this.changeIn(businessId, id, changes, author, change),
    );
  }

  private async changeIn(
    businessId: string,
    id: string,
    changes: ChangeMemberDto,
    author: Caller,
    change: Change,
  ): Promise<Member> {
    const { manager } = change;
    const owners = await this.members.lockOwners(businessId, manager);
    const before = await this.members.find(businessId, id, manager);
    if (before === null) return notFound();
    demandAuthorityOver(author.principal, before.role, changes.role);
    const given = {
      ...(changes.name === undefined ? {} : { name: changes.name }),
      ...(changes.role === undefined ? {} : { role: changes.role }),
    };
    if (Object.keys(given).length === 0) return before;
    if (before.role === 'owner' && (changes.role ?? 'owner') !== 'owner') demandAnotherOwner(owners, id);
    await this.members.update(businessId, id, given, manager);
    const member = (await this.members.find(businessId, id, manager)) ?? notFound();
    change.record({
      action: 'member.changed',
      target: { kind: 'member', id },
      details: {
        email: member.email,
        name_before: before.name,
        name_after: member.name,
        role_before: before.role,
        role_after: member.role,
      },
    });
    return member;
  }
}

function notFound(): never {
  throw refusal('member.not_found');
}

/** @param owners all present owners, locked */
export function demandAnotherOwner(owners: readonly Member[], leaving: string): void {
  if (!owners.some(({ id }) => id !== leaving)) {
    throw refusal('member.last_owner');
  }
}
