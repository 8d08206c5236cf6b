import { Injectable } from '@nestjs/common';
import type { AuditContext } from '../../audit/trail/audit-draft.js';
import type { AuditDetailsByAction } from '../../log-format/audit-action.js';
import type { Caller } from '../../auth/caller.js';
import { demandAuthorityOver, demandMayGive } from '../../auth/principal.js';
import { isOfRole } from '../../auth/revokes.decorator.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import { driverCodeOf } from '../../common/errors/driver-error.js';
import { newId } from '../../common/new-id.js';
import type { Page } from '../../common/page.js';
import type { Member } from '../../directory/members/member.entity.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import {
  manualRoleOf,
  type MemberRole,
  type RoleSources,
  withManualRole,
  withMappedRole,
} from '../../directory/members/role.js';
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
    return (await this.members.find(businessId, id)) ?? memberNotFound();
  }

  /** @throws DomainError `permission.denied`; `member.exists` when the e-mail is a member's already */
  async add(businessId: string, input: AddMemberDto, author: Caller): Promise<Member> {
    demandAuthorityOver(author.principal, input.role);
    demandMayGive(author.principal, null, [input.role]);
    const email = input.email.toLowerCase();
    try {
      return await this.changes.make(author, businessId, 'unconcerned', async (change) => {
        const member = await this.members.insert(
          {
            ...{ id: newId(), businessId, email, name: input.name, role: input.role },
            addedByToken: author.principal.token.id,
          },
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
   * Changes name, role, or whether the role is pinned. A smaller role limits every token of the member; answered only when every verifier
   * knows it.
   * @throws DomainError `member.not_found`, `member.last_owner`; `permission.denied` to or from a higher role
   */
  change(businessId: string, id: string, changes: ChangeMemberDto, author: Caller): Promise<Member> {
    const work = (change: Change): Promise<Member> => this.changeIn(businessId, id, changes, author, change);
    return isOfRole(changes)
      ? this.changes.endEverywhere(author, businessId, work)
      : this.changes.make(author, businessId, 'wait', work);
  }

  /**
   * Adds a member of whom an OpenID provider vouches, in a change of its own account.
   * @throws DomainError `member.exists` when the e-mail is a member's already
   */
  async addMappedIn(
    { email, name, role }: { email: string; name: string; role: MemberRole },
    provider: string,
    businessId: string,
    change: Change,
  ): Promise<Member> {
    if ((await this.members.findByEmail(businessId, email, change.manager)) !== null)
      throw refusal('member.exists');
    const member = await this.members.insert(
      { id: newId(), businessId, email, name, role, mappedRole: role, addedByToken: null },
      change.manager,
    );
    change.record({
      action: 'member.added',
      target: { kind: 'member', id: member.id },
      details: { email, name, role, provider },
    });
    return member;
  }

  /**
   * Notes what the groups of a member are mapped to now, and makes of it the role in force (role-in-force.ts); answered
   * only when every verifier knows it. Nothing is changed and recorded when it is what it was.
   * @param mapped null: to no role
   * @throws DomainError `member.not_found`, `member.last_owner`
   */
  mapRole(
    businessId: string,
    id: string,
    mapped: MemberRole | null,
    provider: string,
    author: AuditContext,
  ): Promise<Member> {
    return this.changes.make(author, businessId, 'wait', async (change) => {
      const owners = await this.members.lockOwners(businessId, change.manager);
      const before = await this.members.find(businessId, id, change.manager);
      if (before === null) return memberNotFound();
      const after = withMappedRole(before, mapped);
      if (isSameRole(before, after)) return before;
      return this.apply(before, { ...roleSourcesOf(after) }, owners, change, provider);
    });
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
    if (before === null) return memberNotFound();
    const { name, role, role_pinned: pinned } = changes;
    const after = isOfRole(changes) ? withManualRole(before, role, pinned) : before;
    demandAuthorityOver(author.principal, before.role, role, after.role);
    demandMayGive(author.principal, before.role, [after.role]);
    demandMayGive(author.principal, manualRoleOf(before), [role]);
    // A pinned role outlasts the groups that gave it.
    if (pinned === true) demandMayGive(author.principal, null, [after.role]);
    const given = {
      ...(name === undefined ? {} : { name }),
      ...(isOfRole(changes) ? roleSourcesOf(after) : {}),
    };
    if (Object.keys(given).length === 0) return before;
    return this.apply(before, given, owners, change);
  }

  /** @param provider who mapped the role; left out: an administrator changes it */
  private async apply(
    before: Member,
    given: Partial<RoleSources> & { name?: string },
    owners: readonly Member[],
    change: Change,
    provider?: string,
  ): Promise<Member> {
    const { id, businessId } = before;
    if (before.role === 'owner' && (given.role ?? 'owner') !== 'owner') demandAnotherOwner(owners, id);
    await this.members.update(businessId, id, given, change.manager);
    const member = (await this.members.find(businessId, id, change.manager)) ?? memberNotFound();
    change.record({
      action: 'member.changed',
      target: { kind: 'member', id },
      details: {
        email: member.email,
        name_before: before.name,
        name_after: member.name,
        role_before: before.role,
        role_after: member.role,
        ...(given.role === undefined ? {} : whyRole(before, member)),
        ...(provider === undefined ? {} : { provider }),
      },
    });
    return member;
  }
}

export function roleSourcesOf({ role, mappedRole, manualRole, rolePinned }: RoleSources): RoleSources {
  return { role, mappedRole, manualRole, rolePinned };
}

function isSameRole(before: RoleSources, after: RoleSources): boolean {
  return before.role === after.role && before.mappedRole === after.mappedRole;
}

/** What the role in force comes from, where it comes from more than an administrator's word. */
export function whyRole(
  before: RoleSources,
  after: RoleSources,
): Partial<AuditDetailsByAction['member.changed']> {
  const isSimple = [before, after].every(({ mappedRole, rolePinned }) => mappedRole === null && !rolePinned);
  if (isSimple) return {};
  return {
    mapped_role_before: before.mappedRole,
    mapped_role_after: after.mappedRole,
    manual_role_before: manualRoleOf(before),
    manual_role_after: after.manualRole,
    role_pinned_before: before.rolePinned,
    role_pinned_after: after.rolePinned,
  };
}

function memberNotFound(): never {
  throw refusal('member.not_found');
}

/** @param owners all present owners, locked */
export function demandAnotherOwner(owners: readonly Member[], leaving: string): void {
  if (!owners.some(({ id }) => id !== leaving)) {
    throw refusal('member.last_owner');
  }
}
