/** May do everything within one business. */
export const BUSINESS_ADMIN = 'rescind:business:admin';
/** May do everything everywhere. */
export const PLATFORM_ADMIN = 'rescind:platform:admin';

/** The scopes that manage Rescind itself. The `rescind:` prefix is reserved for them. */
export const MANAGEMENT_SCOPES = [
  'rescind:tokens:read',
  'rescind:tokens:write',
  'rescind:tokens:verify',
  'rescind:audit:read',
  'rescind:members:read',
  'rescind:members:write',
  'rescind:directory:write',
  BUSINESS_ADMIN,
  PLATFORM_ADMIN,
] as const;
export type ManagementScope = (typeof MANAGEMENT_SCOPES)[number];

/** What each allows, within what the role of its holder allows. */
export const MANAGEMENT_SCOPE_SENTENCES: Record<ManagementScope, string> = {
  'rescind:tokens:read': 'Read tokens and their usage',
  'rescind:tokens:write': 'Issue, rotate and revoke tokens',
  'rescind:tokens:verify': 'Verify tokens',
  'rescind:audit:read': 'Read and export the audit log',
  'rescind:members:read': 'Read members and identities',
  'rescind:members:write': 'Change members and identities',
  'rescind:directory:write': 'Provide members and groups by SCIM',
  [BUSINESS_ADMIN]: 'Everything in the business',
  [PLATFORM_ADMIN]: 'Everything in every business',
};

/**
 * What a token of the platform itself may hold: everything, or the one thing that a back end needs in every business. Each
 * other scope belongs to a role in one business.
 */
export const PLATFORM_TOKEN_SCOPES = [PLATFORM_ADMIN, 'rescind:tokens:verify'] as const;

/** RFC 6749 §3.3 scope-token. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;

/** Whether `scope` is one of those that manage Rescind, or would be if it existed. */
export function isManagementScope(scope: string): boolean {
  return scope.startsWith('rescind:');
}

/** Whether `scope` may stand on a token: a scope-token, and none of the reserved ones that do not exist. */
export function isWellFormedScope(scope: string): boolean {
  if (!SCOPE_TOKEN.test(scope)) return false;
  return !isManagementScope(scope) || (MANAGEMENT_SCOPES as readonly string[]).includes(scope);
}

/** Whether `granted` covers `needed`: by name, `x:write` for `x:read`, or as an administrator. */
export function covers(granted: readonly string[], needed: string): boolean {
  if (granted.includes(needed) || granted.includes(PLATFORM_ADMIN)) return true;
  if (needed.endsWith(':read') && granted.includes(`${needed.slice(0, -5)}:write`)) return true;
  return needed !== PLATFORM_ADMIN && granted.includes(BUSINESS_ADMIN);
}

export function coversAll(granted: readonly string[], needed: readonly string[]): boolean {
  return needed.every((scope) => covers(granted, scope));
}
