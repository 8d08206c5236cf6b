/** What a membership may do in its business, from the highest to the lowest. */
export const ROLES = ['owner', 'admin', 'developer', 'auditor'] as const;
export type MemberRole = (typeof ROLES)[number];
/**
 * A machine identity may also have no say in it at all: its tokens are for the product alone. So may a member whose groups
 * map to no role any more, and whom nobody gave one.
 */
export const IDENTITY_ROLES = [...ROLES, 'no-access'] as const;
export type Role = (typeof IDENTITY_ROLES)[number];
