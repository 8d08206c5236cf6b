import type { BusinessCaller } from '../auth/caller.js';
import { demandAuthorityOver } from '../auth/principal.js';
import { refusal } from '../common/errors/domain-error.js';
import { coversAll } from '../verification/scopes.js';
import { givenBy } from './grantable-scopes.js';
import { authorityOfHolder, type OwnerFilter } from './token-owner.js';
import { isOwnedBy } from './tokens.repository.js';
import type { Token } from './token.entity.js';

/** @throws DomainError `token.not_found` */
export function demandToken(token: Token | null): Token {
  if (token === null) throw refusal('token.not_found');
  return token;
}

/**
 * Replacing a token gives the caller a secret of its owner with its scopes, so the caller must have these rights, or be allowed to give them.
 * @throws DomainError `token.not_found`, `permission.denied`, `permission.scope_not_grantable`
 */
export function demandReplaceable(
  { principal }: BusinessCaller,
  found: Token | null,
  among: OwnerFilter,
  developerScopes: readonly string[],
): Token {
  const token = demandToken(found !== null && isOwnedBy(among, found) ? found : null);
  demandAuthorityOver(principal, authorityOfHolder(token));
  if (principal.token.id !== token.id && !coversAll(givenBy(principal, developerScopes), token.scopes))
    throw refusal('permission.scope_not_grantable');
  return token;
}
