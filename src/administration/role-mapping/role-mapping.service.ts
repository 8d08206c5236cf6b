import { Injectable } from '@nestjs/common';
import type { BusinessCaller } from '../../auth/caller.js';
import { demandAuthorityOver, type Principal } from '../../auth/principal.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import {
  RoleMappingsRepository,
  type RoleMapping,
} from '../../directory/groups/mapped-members.repository.js';
import type { RaisedMember } from '../../revocations/derived/derived-tokens.sql.js';
import { RoleMappings } from '../../revocations/derived/role-mappings.js';
import { MappedRolesService } from '../members/mapped-roles.service.js';

/** Which roles the groups of a directory give. */
@Injectable()
export class RoleMappingService extends RoleMappings {
  constructor(
    private readonly mappings: RoleMappingsRepository,
    private readonly mappedRoles: MappedRolesService,
    private readonly changes: Changes,
  ) {
    super();
  }

  get(businessId: string): Promise<RoleMapping> {
    return this.mappings.get(businessId);
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
    const before = await this.mappings.get(businessId, change.manager);
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
    await this.mappings.set(businessId, { ...mapping, groups, defaultRoleSetBy }, change.manager);
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
    await this.mappedRoles.reevaluate(change, businessId, null, by);
  }

  takeBack(change: Change, raised: RaisedMember, reason: string | null): Promise<void> {
    return this.mappedRoles.takeBack(change, raised, reason);
  }
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
