import { Injectable } from '@nestjs/common';
import { demandAuthorityOver, demandMayGive, type Principal } from '../../auth/principal.js';
import type { BusinessCaller } from '../../auth/caller.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { emptied } from '../../database/prepared.js';
import {
  type MappedMember,
  MappedRolesRepository,
  type RoleMapping,
} from '../../directory/groups/mapped-roles.repository.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import {
  highestRole,
  type Role,
  type RoleSources,
  withManualRole,
  withMappedRole,
} from '../../directory/members/role.js';
import type { RaisedMember } from '../../revocations/derived/derived-tokens.sql.js';
import { RoleMappings } from '../../revocations/derived/role-mappings.js';
import { reachesUpTo } from '../../verification/effective-scopes.js';
import { BUSINESS_ADMIN } from '../../verification/scopes.js';
import { demandAnotherOwner, recordMemberChange, roleSourcesOf, whyRole } from './members.service.js';

/** What gives the role of an administrator, where it is the business's own mapping that says who has one. */
export const BY_DIRECTORY = ['rescind:directory:write', BUSINESS_ADMIN] as const;

/** The roles that members have by the groups of a directory (docs/adr/0079-a-directory-provides-members.md). */
@Injectable()
export class MappedRolesService extends RoleMappings {
  constructor(
    private readonly mapped: MappedRolesRepository,
    private readonly members: MembersRepository,
    private readonly changes: Changes,
  ) {
    super();
  }

  get(businessId: string): Promise<RoleMapping> {
    return this.mapped.mapping(businessId);
  }

  /**
   * Sets the mapping and, in the same change, the roles that follow from it; resolves when no verifier goes by the
   * roles of before.
   * @throws DomainError `permission.denied` for a role above the caller's, in the mapping or of a member, before or after;
   *   `member.last_owner`
   */
  set(caller: BusinessCaller, mapping: RoleMapping): Promise<RoleMapping> {
    const { businessId, principal } = caller;
    return this.changes.endEverywhere(caller, businessId, async (change) => {
      await this.setIn(change, businessId, mapping, principal);
      return mapping;
    });
  }

  /** As `set`, in a change of others. What stays as it was stays whose it was. */
  async setIn(change: Change, businessId: string, mapping: RoleMapping, by: Principal | null): Promise<void> {
    const before = await this.mapped.mapping(businessId, change.manager);
    if (by !== null) demandAuthorityOver(by, ...rolesOf(before), ...rolesOf(mapping));
    const token = by?.token.id ?? null;
    const setBefore = new Map(before.groups.map(({ set_by: setBy, ...each }) => [lineOf(each), setBy]));
    const setBy = (line: string): string | null =>
      setBefore.has(line) ? (setBefore.get(line) ?? null) : token;
    const groups = mapping.groups.map(({ group, role }) => {
      return { group, role, set_by: setBy(lineOf({ group, role })) };
    });
    const isDefaultKept = mapping.defaultRole === before.defaultRole;
    const defaultRoleSetBy = isDefaultKept ? before.defaultRoleSetBy : token;
    await this.mapped.setMapping(businessId, { ...mapping, groups, defaultRoleSetBy }, change.manager);
    change.record({
      action: 'role_mapping.changed',
      target: { kind: 'business', id: businessId },
      details: {
        groups_before: linesOf(before),
        groups_after: linesOf(mapping),
        default_role_before: before.defaultRole,
        default_role_after: mapping.defaultRole,
      },
    });
    await this.reevaluate(change, businessId, null, by);
  }

  /** What the directory gives to somebody whom it adds and who is in no group yet. */
  async roleOfNew(change: Change, businessId: string): Promise<Role> {
    return (await this.mapped.mapping(businessId, change.manager)).defaultRole;
  }

  /**
   * Sets the roles that follow from the groups at this moment, and records those that changed. Verifiers have to be
   * waited for. Whoever leaves the last group that gave a role has the default role, and none where there
   * is no default; never what was given by hand before.
   * @param memberIds null: of everybody whom a directory has a say in
   * @param principal null: what a leaked token mapped is taken out; then nobody rises, and also the last owner falls
   * @throws DomainError `permission.denied` for a role that is higher than the caller's, before or after; `member.last_owner`
   */
  async reevaluate(
    change: Change,
    businessId: string,
    memberIds: readonly string[] | null,
    principal: Principal | null,
  ): Promise<void> {
    if (memberIds?.length === 0) return;
    const { manager } = change;
    const mapping = await this.mapped.mapping(businessId, manager);
    let hasOwnerLeft = false;
    for await (const found of this.mapped.find(businessId, memberIds, manager)) {
      const changed = found.flatMap((before) => {
        const after = mappedBy(mapping, before);
        const isLeft = after === null || (principal === null && !reachesUpTo(before.role, after.role));
        return isLeft ? [] : [{ before, after }];
      });
      emptied(found);
      if (changed.length === 0) continue;
      const moved = changed.filter(({ before, after }) => before.role !== after.role);
      for (const { before, after } of moved) {
        if (principal === null) continue;
        demandAuthorityOver(principal, before.role, after.role);
        demandMayGive(principal, before.role, [after.role], BY_DIRECTORY);
      }
      hasOwnerLeft ||= moved.some(({ before }) => before.isPresent && before.role === 'owner');
      await this.mapped.set(
        businessId,
        changed.map(({ before, after }) => ({ ...after, id: before.id })),
        manager,
      );
      for (const { before, after } of changed)
        recordMemberChange(change, before, after, whyRole(before, after));
      await change.writeSoFar();
    }
    // Those that there are now: another one may have become an owner by the same groups.
    if (hasOwnerLeft && principal !== null)
      demandAnotherOwner(await this.members.lockOwners(businessId, manager), '');
  }

  /** Takes a role back that a leaked token gave by hand, if that lowers the one in force. */
  async takeBack(change: Change, raised: RaisedMember, reason: string | null): Promise<void> {
    const { id, businessId, role, pinned, raisedByToken } = raised;
    const before = await this.members.find(businessId, id, change.manager);
    if (before === null) return;
    const after = withManualRole(before, role === 'no-access' ? null : role, pinned);
    if (after.role === before.role || !reachesUpTo(before.role, after.role)) return;
    await this.members.update(businessId, id, roleSourcesOf(after), change.manager);
    const why = { ...whyRole(before, after), raised_by_token: raisedByToken };
    recordMemberChange(change, before, after, why, reason);
  }
}

/** What follows for a member; null: nothing changes. */
function mappedBy({ groups, defaultRole }: RoleMapping, member: MappedMember): RoleSources | null {
  const names = new Set(member.groups.map((name) => name.toLowerCase()));
  const given = groups.filter(({ group }) => names.has(group.toLowerCase())).map(({ role }) => role);
  const isManaged = member.mappedRole !== null || member.role === 'no-access';
  const fallback = isManaged && defaultRole !== 'no-access' ? defaultRole : null;
  const mapped = highestRole(given) ?? fallback;
  const { role, mappedRole, manualRole, rolePinned } = member;
  const before = { role, mappedRole, manualRole, rolePinned };
  const after = mapped === null ? withoutMappedRole(before) : withMappedRole(before, mapped);
  return after.role === role && after.mappedRole === mappedRole ? null : after;
}

/**
 * Whoever is taken out of the last group that gave a role has none, unless it is pinned: what was given by hand before was
 * held down by the group, and may not rise when the directory takes something away.
 */
function withoutMappedRole(before: RoleSources): RoleSources {
  if (before.mappedRole === null) return before;
  if (before.rolePinned) return withMappedRole(before, null);
  return { ...before, mappedRole: null, manualRole: null, role: 'no-access' };
}

function rolesOf({ groups, defaultRole }: RoleMapping) {
  return [defaultRole, ...groups.map(({ role }) => role)];
}

function linesOf({ groups }: RoleMapping): string[] {
  return groups.map(lineOf);
}

function lineOf({ group, role }: RoleMapping['groups'][number]): string {
  return `${group}: ${role}`;
}
