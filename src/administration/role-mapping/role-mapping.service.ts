import { Injectable } from '@nestjs/common';
import type { BusinessCaller } from '../../auth/caller.js';
import { demandAuthorityOver } from '../../auth/principal.js';
import { Changes } from '../../changes/changes.js';
import { RoleMappingsRepository, type RoleMapping } from '../../directory/groups/role-mappings.repository.js';
import { MappedRolesService } from '../members/mapped-roles.service.js';

/** Which roles the groups of a directory give. */
@Injectable()
export class RoleMappingService {
  constructor(
    private readonly mappings: RoleMappingsRepository,
    private readonly mappedRoles: MappedRolesService,
    private readonly changes: Changes,
  ) {}

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
    return this.changes.make(caller, businessId, 'wait', async (change) => {
      const before = await this.mappings.get(businessId, change.manager);
      demandAuthorityOver(principal, ...rolesOf(before), ...rolesOf(mapping));
      await this.mappings.set(businessId, mapping, change.manager);
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
      await this.mappedRoles.reevaluate(change, businessId, null, principal);
      return mapping;
    });
  }
}

function rolesOf({ groups, defaultRole }: RoleMapping) {
  return [defaultRole, ...groups.map(({ role }) => role)];
}

function linesOf({ groups }: RoleMapping): string[] {
  return groups.map(({ group, role }) => `${group}: ${role}`);
}
