import type { Principal } from '../auth/principal.js';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import { authorityAllows, scopesByDefault, type Authority } from '../verification/effective-scopes.js';
import { covers, isManagementScope, isWellFormedScope } from '../verification/scopes.js';

/**
 * The scopes that `principal` can give to a token by name: its own. A developer who has signed in without a token, as at an
 * OpenID provider, has none of the product, and can give those that the business lets developers give
 * (docs/adr/0082). What was signed in with a token gives no more than that token.
 */
export function givenBy(
  { token, scopes, authority }: Principal,
  developerScopes: readonly string[],
): readonly string[] {
  const isPerson = token.session !== null && token.session.openedWith === null;
  return isPerson && authority === 'developer' ? [...scopes, ...developerScopes] : scopes;
}

/**
 * The scopes a new token gets: those asked for, if the issuer has them and the owner's role allows them; when none were
 * asked for, the issuer's, capped by the role, or those of them that are the product's own.
 * @param catalogue scopes that exist in addition to the reserved ones; empty: any
 * @throws DomainError `input.invalid` for a scope that does not exist, `permission.scope_not_grantable`
 */
export function grantableScopes(
  requested: readonly string[] | 'product' | undefined,
  issuer: readonly string[],
  authority: Authority,
  catalogue: readonly string[],
): string[] {
  if (requested === undefined) return scopesByDefault(issuer, authority);
  if (requested === 'product') return issuer.filter((scope) => !isManagementScope(scope));
  const unknown = requested.filter((scope) => !exists(scope, catalogue));
  if (unknown.length > 0) {
    throw new DomainError('input.invalid', 'A scope does not exist.', {
      issues: requested.flatMap((scope, index) =>
        exists(scope, catalogue)
          ? []
          : [{ loc: ['body', 'scopes', index], msg: 'Input should be a scope that exists', type: 'enum' }],
      ),
      details: { unknownScopes: unknown, ...(catalogue.length > 0 ? { supportedScopes: catalogue } : {}) },
    });
  }
  const refused = requested.find((scope) => !covers(issuer, scope) || !authorityAllows(authority, scope));
  if (refused !== undefined) {
    throw refusal('permission.scope_not_grantable', { scope: refused });
  }
  return [...new Set(requested)];
}

/** @param catalogue scopes that exist in addition to the reserved ones; empty: any */
export function exists(scope: string, catalogue: readonly string[]): boolean {
  if (!isWellFormedScope(scope)) return false;
  return catalogue.length === 0 || isManagementScope(scope) || catalogue.includes(scope);
}
