/** What a membership may be. */
export const ROLES = ['owner', 'admin', 'developer', 'auditor'] as const;
/** A machine identity may also have no say in its business at all: its tokens are for the product alone. */
export const IDENTITY_ROLES = [...ROLES, 'no-access'] as const;
export type Role = (typeof IDENTITY_ROLES)[number];
/** As which somebody acts. `none`: with a token of a business that belongs to nobody. */
export type Authority = Role | 'platform' | 'none';

/** What a role is for, in a sentence. */
export const ROLE_WORDS: Record<Role, string> = {
  owner: 'Everything in the business, admins and other owners included',
  admin: 'Everything in the business except what belongs to owners',
  developer: 'Issues, verifies and revokes their own tokens',
  auditor: 'Reads every token and the whole log, and changes nothing',
  'no-access': 'No say in the business: its tokens are for your product alone',
};

interface ManagementScope {
  scope: string;
  says: string;
}

/** The scopes that manage a business in Rescind; the one of the platform is given to no token of a business. */
export const MANAGEMENT_SCOPES: readonly ManagementScope[] = [
  { scope: 'rescind:tokens:read', says: 'Read tokens and their usage' },
  { scope: 'rescind:tokens:write', says: 'Issue, rotate and revoke tokens' },
  { scope: 'rescind:tokens:verify', says: 'Verify tokens' },
  { scope: 'rescind:audit:read', says: 'Read and export the audit log' },
  { scope: 'rescind:members:read', says: 'Read members and identities' },
  { scope: 'rescind:members:write', says: 'Change members and identities' },
  { scope: 'rescind:directory:write', says: 'Provide members and groups by SCIM' },
  { scope: 'rescind:business:admin', says: 'Everything in the business' },
];

const ALL = MANAGEMENT_SCOPES.map(({ scope }) => scope);

/** The management scopes that a role allows. The product's own scopes are no business of roles. */
export const ALLOWED: Record<Role, readonly string[]> = {
  owner: ALL,
  admin: ALL,
  developer: ['rescind:tokens:read', 'rescind:tokens:write', 'rescind:tokens:verify'],
  auditor: ['rescind:tokens:read', 'rescind:audit:read'],
  'no-access': [],
};

/** Whether a token of somebody with that role may have the scope. */
export function roleAllows(role: Role | 'none', scope: string): boolean {
  return !scope.startsWith('rescind:') || (role === 'none' ? ALL : ALLOWED[role]).includes(scope);
}

/** Of two roles the higher one stands above the other; equal ones stand beside each other. */
const RANK: Record<Authority, number> = {
  platform: 4,
  owner: 3,
  admin: 2,
  developer: 1,
  auditor: 1,
  none: 1,
  'no-access': 0,
};

/** Whether whoever acts may get hold of what belongs to the other: its role is no higher. */
export function reachesUpTo(acting: Authority, other: Authority): boolean {
  return RANK[acting] >= RANK[other];
}

/** Owners, admins and the platform manage every token of the business; others only their own. */
export function managesAllTokens(role: Authority): boolean {
  return reachesUpTo(role, 'admin');
}
