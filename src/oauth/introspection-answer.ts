import { effectiveScopes } from '../verification/effective-scopes.js';
import type { TokenFacts } from '../verification/token-facts.js';
import type { ActiveIntrospectionDto } from './introspection.dto.js';

export const INACTIVE_ANSWER = '{"active":false}';

/** RFC 7662 §2.2. */
export function activeAnswer(token: TokenFacts, issuer: string): ActiveIntrospectionDto {
  const { owner, business } = token;
  const endsAtMs = Math.min(token.expiresAtMs, token.graceEndsAtMs);
  return {
    active: true,
    scope: effectiveScopes(token).join(' '),
    ...(owner.kind === 'identity' ? { client_id: owner.id as string } : {}),
    ...(owner.email === null ? {} : { username: owner.email }),
    token_type: 'Bearer',
    ...(endsAtMs === Infinity ? {} : { exp: Math.floor(endsAtMs / 1000) }),
    iat: Math.floor(token.createdAtMs / 1000),
    sub: owner.id ?? 'platform',
    ...(business === null ? {} : { aud: business.id }),
    iss: issuer,
    jti: token.jti,
  };
}
