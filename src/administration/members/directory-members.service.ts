import { Injectable } from '@nestjs/common';
import type { BusinessCaller } from '../../auth/caller.js';
import { demandAuthorityOver, demandMayGive } from '../../auth/principal.js';
import type { Change } from '../../changes/change.js';
import { refusal } from '../../common/errors/domain-error.js';
import type { Member } from '../../directory/members/member.entity.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import { TokenRevocationService } from '../../revocations/token-revocation.service.js';
import { BY_DIRECTORY, MappedRolesService } from './mapped-roles.service.js';
import { MembersService, recordMemberChange } from './members.service.js';

/** Whom a directory says a member is. */
export interface Person {
  /** In small letters. */
  email: string;
  name: string;
}

/**
 * What a directory does with members: it adds, changes, deactivates, activates and deletes them. Each is a part of a
 * change of the caller's. Whoever has a lower role than the member is refused (`permission.denied`).
 */
@Injectable()
export class DirectoryMembersService {
  constructor(
    private readonly members: MembersRepository,
    private readonly mappedRoles: MappedRolesService,
    private readonly memberships: MembersService,
    private readonly revocations: TokenRevocationService,
  ) {}

  /** @throws DomainError `member.exists` also for the address of a deactivated member */
  async add(change: Change, caller: BusinessCaller, { email, name }: Person): Promise<Member> {
    const { businessId } = caller;
    const { manager } = change;
    if (await this.members.isTaken(businessId, email, null, manager)) throw refusal('member.exists');
    const role = await this.mappedRoles.roleOfNew(change, businessId);
    demandAuthorityOver(caller.principal, role);
    demandMayGive(caller.principal, null, [role], BY_DIRECTORY);
    const mappedRole = role === 'no-access' ? null : role;
    const addedByToken = caller.principal.token.id;
    return this.memberships.addIn(change, { businessId, email, name, role, mappedRole, addedByToken });
  }

  /** @returns the member after it. @throws DomainError `member.exists`, `permission.denied` */
  async changePerson(
    change: Change,
    caller: BusinessCaller,
    member: Member,
    person: Person,
  ): Promise<Member> {
    const { businessId, id } = member;
    const { manager } = change;
    demandAuthorityOver(caller.principal, member.role);
    const { email, name } = person;
    if (email === member.email && name === member.name) return member;
    if (email !== member.email && (await this.members.isTaken(businessId, email, id, manager)))
      throw refusal('member.exists');
    if ((await this.members.updateProvided(businessId, id, { email, name }, manager)) === 0)
      throw refusal('member.not_found');
    const readdressed = email === member.email ? {} : { email_before: member.email, email_after: email };
    recordMemberChange(change, member, person, readdressed);
    return { ...member, email, name };
  }

  /**
   * Ends the membership and revokes every token and session of the member; they come back by `activate`. Deactivated
   * already: nothing is changed or recorded. The change has to wait for verifiers (Changes.endEverywhere).
   * @throws DomainError `member.last_owner`, `permission.denied`
   */
  async deactivate(change: Change, caller: BusinessCaller, member: Member): Promise<void> {
    if (member.removedAt === null) await this.memberships.deactivateIn(member, caller, change);
  }

  /**
   * Begins the membership again, under the same id, with the role that follows now and without any token: those of
   * before were revoked, and stay so (R3). A deactivated member is the only one who can come back.
   * @throws DomainError `permission.denied`
   */
  async activate(change: Change, caller: BusinessCaller, member: Member): Promise<void> {
    if (member.removedAt === null) return;
    const { businessId, id, email, name, role } = member;
    demandAuthorityOver(caller.principal, role);
    demandMayGive(caller.principal, null, [role], BY_DIRECTORY);
    // What a cut-off has ended may not be marked yet, and nothing may come back with its owner.
    const revoked = await this.revocations.revokeAllOf(
      businessId,
      { memberId: id },
      caller,
      'member deactivated',
      change,
    );
    const { id: token } = caller.principal.token;
    if ((await this.members.activate(businessId, id, token, change.manager)) === 0)
      throw refusal('member.not_found');
    const details = { email, name, role, tokens_revoked: revoked.length };
    change.record({ action: 'member.activated', target: { kind: 'member', id }, details });
    await this.mappedRoles.reevaluate(change, businessId, [id], caller.principal);
  }

  /** Removes the member for good. As `deactivate` otherwise. */
  delete(change: Change, caller: BusinessCaller, member: Member): Promise<void> {
    return this.memberships.deleteIn(member, caller, change);
  }
}
