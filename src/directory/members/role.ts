/** What decides which role a member has (docs/adr/0078-people-sign-in-at-their-provider.md). */
export interface RoleSources {
  role: Role;
  /** From the person's groups; null: none. */
  mappedRole: MemberRole | null;
  /** From an administrator; null: none beside `role`. */
  manualRole: MemberRole | null;
  /** Whether the manual one holds, whatever is mapped. */
  rolePinned: boolean;
}

/** Of some roles the highest, in the order of ROLES; null: of none. */
export function highestRole(roles: readonly MemberRole[]): MemberRole | null {
  return ROLES.find((role) => roles.includes(role)) ?? null;
}

/** Of a mapped role and a manual one the lower, unless the manual one is pinned; without either, no access. */
function roleInForce({ mappedRole, manualRole, rolePinned }: Omit<RoleSources, 'role'>): Role {
  if (rolePinned && manualRole !== null) return manualRole;
  if (mappedRole === null || manualRole === null) return mappedRole ?? manualRole ?? 'no-access';
  return ROLES.indexOf(mappedRole) > ROLES.indexOf(manualRole) ? mappedRole : manualRole;
}

/** What an administrator gave: where nothing was ever mapped, that is the role in force. */
export function manualRoleOf({ role, mappedRole, manualRole }: RoleSources): MemberRole | null {
  if (manualRole !== null || mappedRole !== null || role === 'no-access') return manualRole;
  return role;
}

/** A member's role after the person's groups were mapped. @param mapped null: to none */
export function withMappedRole(before: RoleSources, mapped: MemberRole | null): RoleSources {
  const sources = { ...before, mappedRole: mapped, manualRole: manualRoleOf(before) };
  return { ...sources, role: roleInForce(sources) };
}

/** A member's role after an administrator said which it should be, or whether it is pinned; undefined: as before; null: none. */
export function withManualRole(
  before: RoleSources,
  manual: MemberRole | null | undefined,
  pinned: boolean | undefined,
): RoleSources {
  const sources = {
    ...before,
    manualRole: manual === undefined ? manualRoleOf(before) : manual,
    rolePinned: pinned ?? before.rolePinned,
  };
  return { ...sources, role: roleInForce(sources) };
}

/** What a membership may do in its business, from the highest to the lowest. */
export const ROLES = ['owner', 'admin', 'developer', 'auditor'] as const;
export type MemberRole = (typeof ROLES)[number];
/**
 * A machine identity may also have no say in it at all: its tokens are for the product alone. So may a member whose groups
 * map to no role any more, and whom nobody gave one.
 */
export const IDENTITY_ROLES = [...ROLES, 'no-access'] as const;
export type Role = (typeof IDENTITY_ROLES)[number];
