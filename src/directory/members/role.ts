/** What a membership may do in its business. */
export const ROLES = ['owner', 'admin', 'developer', 'auditor'] as const;
/** A machine identity may also have no say in it at all: its tokens are for the product alone. */
export const IDENTITY_ROLES = [...ROLES, 'no-access'] as const;
export type Role = (typeof IDENTITY_ROLES)[number];
