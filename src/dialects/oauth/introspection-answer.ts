import { LRUCache } from 'lru-cache';
import { CachedResponses } from '../../common/http/cached-responses.js';
import type { CachedResponse } from '../../common/http/fast-paths.js';
import { effectiveScopes } from '../../verification/effective-scopes.js';
import type { TokenFacts } from '../../verification/token-facts.js';
import { labelsSet, withMetadata } from '../../verification/verdict-labels.js';
import type { ActiveIntrospectionDto } from './introspection.dto.js';

export const INACTIVE_ANSWER = '{"active":false}';

/** By issuer, one for each name by which this service is reached, and by the latest end that is stated. */
const answers = new LRUCache<string, CachedResponses<TokenFacts>>({ max: 4 });

/**
 * The answer about an active token, as the JSON of an ActiveIntrospectionDto.
 * @param seconds for how long at most it may say that the token lasts, for resource servers that keep what they hear
 * until `exp`; 0: until the token ends
 */
export function activeIntrospection(token: TokenFacts, issuer: string, seconds: number): CachedResponse {
  const latestExp = seconds === 0 ? Infinity : Math.floor(Date.now() / 1000) + seconds;
  const key = seconds === 0 ? issuer : `${latestExp} ${issuer}`;
  let known = answers.get(key);
  if (known === undefined) {
    known = new CachedResponses((about) => activeText(about, issuer, latestExp));
    answers.set(key, known);
  }
  return known.of(token);
}

function activeText(token: TokenFacts, issuer: string, latestExp: number): string {
  const text = JSON.stringify(activeDto(token, issuer, latestExp));
  const metadata = token.labels?.metadata ?? null;
  return metadata === null ? text : withMetadata(text, metadata);
}

/** RFC 7662 §2.2. */
function activeDto(
  token: TokenFacts,
  issuer: string,
  latestExp: number,
): Omit<ActiveIntrospectionDto, 'metadata'> {
  const { owner, business } = token;
  const exp = Math.min(Math.floor(token.endsAtMs / 1000), latestExp);
  return {
    active: true,
    scope: effectiveScopes(token).join(' '),
    ...(owner.kind === 'identity' ? { client_id: owner.id as string } : {}),
    ...(owner.email === null ? {} : { username: owner.email }),
    token_type: 'Bearer',
    ...(exp === Infinity ? {} : { exp }),
    iat: Math.floor(token.createdAtMs / 1000),
    sub: owner.id ?? 'platform',
    ...(business === null ? {} : { aud: business.id }),
    iss: issuer,
    jti: token.jti,
    ...labelsSet(token.labels),
  };
}
