import type { BoundTerms } from './credential-limits.js';
import type { Token } from './token.entity.js';

/** The terms of the successor of a token. */
export type SuccessorTerms = BoundTerms & Pick<Token, 'issuedByToken'>;

/** Those of the token itself. */
export function termsOf(token: Token): SuccessorTerms {
  const { expiresAt, expiresAtMax, trustedIps, ttlSeconds, maxTtlSeconds, usesLimit, issuedByToken } = token;
  return { expiresAt, expiresAtMax, trustedIps, ttlSeconds, maxTtlSeconds, usesLimit, issuedByToken };
}

/** What a successor inherits besides the terms, which the credential may limit. */
export function inheritedFrom(old: Token) {
  const { businessId, ownerKind, memberId, identityId, name, description, dialect, scopes, issuedTo } = old;
  const { externalId, metadata } = old;
  const labels = { name, description, externalId, metadata };
  return { businessId, ownerKind, memberId, identityId, ...labels, dialect, scopes, issuedTo };
}
