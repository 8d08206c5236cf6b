import type { Role } from '../directory/members/role.js';
import { BUSINESS_ADMIN, MANAGEMENT_SCOPES, PLATFORM_ADMIN, covers } from './scopes.js';
import type { TokenFacts } from './token-facts.js';

const BUSINESS_SCOPES: readonly string[] = MANAGEMENT_SCOPES.filter((scope) => scope !== PLATFORM_ADMIN);

/**
 * Who owns a token, as far as it limits what the token may do. `platform`: within no business, for everything. `none`: a
 * token without the scope of an administrator that the platform gave to nobody, bound to a business or for the few things
 * that its scopes say.
 */
export type Authority = Role | 'platform' | 'none';

/** The management scopes that each allows. Scopes of the product itself are no business of roles. */
const ALLOWS: Record<Exclude<Authority, 'platform'>, readonly string[]> = {
  owner: BUSINESS_SCOPES,
  admin: BUSINESS_SCOPES,
  developer: ['rescind:tokens:read', 'rescind:tokens:write', 'rescind:tokens:verify'],
  auditor: ['rescind:tokens:read', 'rescind:audit:read'],
  'no-access': [],
  none: BUSINESS_SCOPES,
};

/** What the authority of a token depends on. */
interface Authorized {
  ownerKind: 'user' | 'identity' | 'platform';
  /** null where the owner has none. */
  role: Role | null;
  /** Whether it belongs to a business. */
  inBusiness: boolean;
  scopes: readonly string[];
}

/**
 * The authority that `token` acts with. A token without an owner has the role of nobody: it acts as an owner when the
 * platform gave it `rescind:business:admin`, and for itself alone otherwise. Of the platform's own tokens, only those with
 * `rescind:platform:admin` act as the platform.
 */
export function authorityFrom({ ownerKind, role, inBusiness, scopes }: Authorized): Authority {
  if (ownerKind !== 'platform') return role ?? 'developer';
  if (!inBusiness) return scopes.includes(PLATFORM_ADMIN) ? 'platform' : 'none';
  return scopes.includes(BUSINESS_ADMIN) ? 'owner' : 'none';
}

export function authorityOf({ owner, business, scopes }: TokenFacts): Authority {
  return authorityFrom({ ownerKind: owner.kind, role: owner.role, inBusiness: business !== null, scopes });
}

/** Of two authorities the higher one stands above the other; equal ones stand beside each other. */
const RANK: Record<Authority, number> = {
  platform: 4,
  owner: 3,
  admin: 2,
  developer: 1,
  auditor: 1,
  none: 1,
  'no-access': 0,
};

/** Whether `acting` is at least as high as `other`: only then it may get hold of what belongs to it. */
export function reachesUpTo(acting: Authority, other: Authority): boolean {
  return RANK[acting] >= RANK[other];
}

/** Whether `authority` may do everything in its business. */
export function isAdministrator(authority: Authority): boolean {
  return authorityAllows(authority, BUSINESS_ADMIN);
}

export function authorityAllows(authority: Authority, scope: string): boolean {
  if (authority === 'platform' || !scope.startsWith('rescind:')) return true;
  return ALLOWS[authority].includes(scope);
}

/** By the token's scopes, which equal tokens share, and by authority: a million tokens have few different ones. */
const remembered = new WeakMap<readonly string[], Map<Authority, readonly string[]>>();

/** What the token can do: its scopes AND what its owner's role allows. */
export function effectiveScopes(token: TokenFacts): readonly string[] {
  const authority = authorityOf(token);
  let byAuthority = remembered.get(token.scopes);
  if (byAuthority === undefined)
    remembered.set(token.scopes, (byAuthority = new Map<Authority, readonly string[]>()));
  let scopes = byAuthority.get(authority);
  if (scopes === undefined) {
    scopes = allowedScopes(token.scopes, authority);
    byAuthority.set(authority, scopes);
  }
  return scopes;
}

/**
 * Those of `scopes` that `authority` allows. An administrator's stands for many: of those, a smaller role keeps the ones it
 * allows.
 */
export function allowedScopes(scopes: readonly string[], authority: Authority): readonly string[] {
  const kept = scopes.filter((scope) => authorityAllows(authority, scope));
  if (authority === 'platform' || kept.length === scopes.length) return kept;
  const implied = ALLOWS[authority].filter((scope) => covers(scopes, scope) && !covers(kept, scope));
  return [...kept, ...implied];
}

/**
 * The scopes a token gets when none were asked for: the issuer's, capped by what the new owner's role allows.
 * An administrator's stand for the most that the role allows.
 */
export function scopesByDefault(issuer: readonly string[], authority: Authority): string[] {
  const kept = issuer.filter((scope) => scope !== PLATFORM_ADMIN && authorityAllows(authority, scope));
  if (authority === 'platform') return [...issuer];
  if (kept.includes(BUSINESS_ADMIN)) return kept;
  if (authorityAllows(authority, BUSINESS_ADMIN) && covers(issuer, BUSINESS_ADMIN))
    return [...kept, BUSINESS_ADMIN];
  const covered = ALLOWS[authority].filter((scope) => covers(issuer, scope) && !kept.includes(scope));
  return covers(issuer, BUSINESS_ADMIN) ? [...kept, ...covered] : kept;
}
