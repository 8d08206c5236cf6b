/** What a membership, or an identity, may do in its business. */
export const ROLES = ['owner', 'admin', 'developer', 'auditor'] as const;
export type Role = (typeof ROLES)[number];
