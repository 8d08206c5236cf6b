import { LRUCache } from 'lru-cache';
import { CachedResponses } from '../../common/http/cached-responses.js';
import type { CachedResponse } from '../../common/http/fast-paths.js';
import { effectiveScopes } from '../../verification/effective-scopes.js';
import type { TokenFacts } from '../../verification/token-facts.js';
import { withMetadata } from '../../verification/with-metadata.js';
import type { ActiveIntrospectionDto } from './introspection.dto.js';

export const INACTIVE_ANSWER = '{"active":false}';

/** By issuer: one for each name by which this service is reached. */
const answers = new LRUCache<string, CachedResponses<TokenFacts>>({ max: 4 });

/** The answer about an active token, as the JSON of an ActiveIntrospectionDto. */
export function activeIntrospection(token: TokenFacts, issuer: string): CachedResponse {
  let byIssuer = answers.get(issuer);
  if (byIssuer === undefined) {
    byIssuer = new CachedResponses((about) => activeText(about, issuer));
    answers.set(issuer, byIssuer);
  }
  return byIssuer.of(token);
}

function activeText(token: TokenFacts, issuer: string): string {
  const text = JSON.stringify(activeDto(token, issuer));
  const metadata = token.labels?.metadata ?? null;
  return metadata === null ? text : withMetadata(text, metadata);
}

/** RFC 7662 §2.2. */
function activeDto(token: TokenFacts, issuer: string): Omit<ActiveIntrospectionDto, 'metadata'> {
  const { owner, business } = token;
  const { endsAtMs } = token;
  const externalId = token.labels?.externalId ?? null;
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
    ...(externalId === null ? {} : { external_id: externalId }),
  };
}
