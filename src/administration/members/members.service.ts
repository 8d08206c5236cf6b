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
import { TokenRevocationService } from '../../revocations/token-revocation.service.js';
import {
  manualRoleOf,
  type MemberRole,
  type RoleSources,
  withManualRole,
  withMappedRole,
} from '../../directory/members/role.js';
import {
  createdAtPage,
  type CreatedAtPageRequest,
  type CreatedAtQuery,
} from '../../directory/rows.repository.js';
import { beforeAndAfter, given } from '../before-and-after.js';
import { MemberDto, type AddMemberDto, type ChangeMemberDto } from './member.dto.js';

const UNIQUE_VIOLATION = '23505';

interface Offboarded {
  member: Member;
  tokensRevoked: number;
}

/** Memberships. Their end revokes every token of the member. */
@Injectable()
export class MembersService {
  constructor(
    private readonly members: MembersRepository,
    private readonly revocations: TokenRevocationService,
    private readonly changes: Changes,
  ) {}

  /** @param businessId null: of whatever business */
  list(
    businessId: string | null,
    request: CreatedAtPageRequest & { email?: string },
  ): Promise<Page<MemberDto>> {
    const email = request.email?.toLowerCase();
    const read = (query: CreatedAtQuery) => this.members.page(businessId, { ...query, email });
    return createdAtPage(request, read, (member) => MemberDto.from(member));
  }

  /** @throws DomainError `member.not_found` */
  async get(businessId: string, id: string): Promise<Member> {
    return (await this.members.find(businessId, id)) ?? memberNotFound();
  }

  /** @throws DomainError `permission.denied`; `member.exists` when the e-mail is a member's already */
  async add(businessId: string, input: AddMemberDto, author: Caller): Promise<Member> {
    const { name, role } = input;
    demandAuthorityOver(author.principal, role);
    demandMayGive(author.principal, null, [role]);
    const email = input.email.toLowerCase();
    try {
      return await this.changes.make(author, businessId, 'unconcerned', (change) =>
        this.addIn(change, { businessId, email, name, role, addedByToken: author.principal.token.id }),
      );
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
    const added = { businessId, email, name, role, mappedRole: role, addedByToken: null };
    return this.addIn(change, added, provider);
  }

  /** Adds a member in a change of the caller's. @param provider who vouches for them; left out: whoever makes the change */
  async addIn(
    change: Change,
    member: Omit<Parameters<MembersRepository['insert']>[0], 'id'>,
    provider?: string,
  ): Promise<Member> {
    const { email, name, role } = member;
    const added = await this.members.insert({ id: newId(), ...member }, change.manager);
    change.record({
      action: 'member.added',
      target: { kind: 'member', id: added.id },
      details: { email, name, role, ...(provider === undefined ? {} : { provider }) },
    });
    return added;
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
    const asked = given({ name, ...(isOfRole(changes) ? roleSourcesOf(after) : {}) });
    if (Object.keys(asked).length === 0) return before;
    return this.apply(before, asked, owners, change);
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
    recordMemberChange(change, before, member, {
      ...(given.role === undefined ? {} : whyRole(before, member)),
      ...(provider === undefined ? {} : { provider }),
    });
    return member;
  }

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
    if (member === null) return memberNotFound();
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
  const told = ({ mappedRole, rolePinned }: RoleSources, manual: MemberRole | null) => {
    return { mapped_role: mappedRole, manual_role: manual, role_pinned: rolePinned };
  };
  return beforeAndAfter(told(before, manualRoleOf(before)), told(after, after.manualRole));
}

/** @param more of the details: for one what the role comes from */
export function recordMemberChange(
  change: Change,
  before: Pick<Member, 'id' | 'email' | 'name' | 'role'>,
  after: Partial<Pick<Member, 'email' | 'name' | 'role'>>,
  more: Partial<AuditDetailsByAction['member.changed']>,
  reason?: string | null,
): void {
  change.record({
    action: 'member.changed',
    target: { kind: 'member', id: before.id },
    ...(reason === undefined ? {} : { reason }),
    details: {
      email: after.email ?? before.email,
      name_before: before.name,
      name_after: after.name ?? before.name,
      role_before: before.role,
      role_after: after.role ?? before.role,
      ...more,
    },
  });
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
