import { DomainError, refusal } from '../common/errors/domain-error.js';
import { authorityAllows, scopesByDefault, type Authority } from '../verification/effective-scopes.js';
import { covers, isManagementScope, isWellFormedScope } from '../verification/scopes.js';

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

function exists(scope: string, catalogue: readonly string[]): boolean {
  if (!isWellFormedScope(scope)) return false;
  return catalogue.length === 0 || isManagementScope(scope) || catalogue.includes(scope);
}
