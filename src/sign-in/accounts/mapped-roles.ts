import type { GroupRole } from '../../config/oidc.config.js';
import { highestRole } from '../../directory/members/role-in-force.js';
import type { MemberRole } from '../../directory/members/role.js';
import type { Groups } from '../providers/person.js';

/**
 * What the groups of a person are mapped to in one business: a role, the highest of several; null: none; `unknown`: the
 * provider has not said which groups there are; `unmapped`: nothing is mapped to this business, so that groups have no
 * say in it.
 */
type MappedRole = MemberRole | null | 'unknown' | 'unmapped';

export function mappedRoleIn(businessId: string, groups: Groups, mapping: readonly GroupRole[]): MappedRole {
  const ofBusiness = mapping.filter((each) => each.businessId === businessId);
  if (ofBusiness.length === 0) return 'unmapped';
  if (groups === 'unknown') return 'unknown';
  return highestRole(ofBusiness.filter(({ group }) => groups.has(group)).map(({ role }) => role));
}

/** The businesses in which the groups of a person have a role, in the order of the mapping. */
export function businessesOf(groups: Groups, mapping: readonly GroupRole[]): string[] {
  if (groups === 'unknown') return [];
  return [...new Set(mapping.filter(({ group }) => groups.has(group)).map(({ businessId }) => businessId))];
}
