import type { Role } from '../members/role.js';
import { BUSINESS_ADMIN, MANAGEMENT_SCOPES, PLATFORM_ADMIN, covers } from './scopes.js';
import type { TokenFacts } from './token-facts.js';

const BUSINESS_SCOPES: readonly string[] = MANAGEMENT_SCOPES.filter((scope) => scope !== PLATFORM_ADMIN);

/** The management scopes that a role allows. Scopes of the product itself are no business of roles. */
const ROLE_ALLOWS: Record<Role, readonly string[]> = {
  owner: BUSINESS_SCOPES,
  admin: BUSINESS_SCOPES,
  developer: ['rescind:tokens:read', 'rescind:tokens:write', 'rescind:tokens:verify'],
  auditor: ['rescind:tokens:read', 'rescind:audit:read'],
};

/** Who owns a token, as far as it limits what the token may do. `platform`: within no business. */
export type Authority = Role | 'platform';

/** The platform acts as an owner inside a business that a token of its is bound to. */
export function authorityOf(token: Pick<TokenFacts, 'owner' | 'business'>): Authority {
  if (token.owner.kind === 'platform') return token.business === null ? 'platform' : 'owner';
  return token.owner.role ?? 'developer';
}

export function authorityAllows(authority: Authority, scope: string): boolean {
  if (authority === 'platform' || !scope.startsWith('rescind:')) return true;
  return ROLE_ALLOWS[authority].includes(scope);
}

/** By the token's scopes, which equal tokens share, and by authority: a million tokens have few different ones. */
const remembered = new WeakMap<readonly string[], Map<Authority, readonly string[]>>();

/** What the token can do: its scopes AND what its owner's role allows. */
export function effectiveScopes(token: TokenFacts): readonly string[] {
  const authority = authorityOf(token);
  let byAuthority = remembered.get(token.scopes);
  if (byAuthority === undefined) remembered.set(token.scopes, (byAuthority = new Map()));
  let scopes = byAuthority.get(authority);
  if (scopes === undefined) {
    scopes = common(token.scopes, authority);
    byAuthority.set(authority, scopes);
  }
  return scopes;
}

/** An administrator's scope stands for many: of those, a smaller role keeps the ones it allows. */
function common(scopes: readonly string[], authority: Authority): readonly string[] {
  const kept = scopes.filter((scope) => authorityAllows(authority, scope));
  if (authority === 'platform' || kept.length === scopes.length) return kept;
  const implied = ROLE_ALLOWS[authority].filter((scope) => covers(scopes, scope) && !covers(kept, scope));
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
  const covered = ROLE_ALLOWS[authority].filter((scope) => covers(issuer, scope) && !kept.includes(scope));
  return covers(issuer, BUSINESS_ADMIN) ? [...kept, ...covered] : kept;
}
