import { LRUCache } from 'lru-cache';
import { ShortAnswers } from '../common/http/short-answers.js';
import type { ShortAnswer } from '../common/http/shortcuts.js';
import { effectiveScopes } from '../verification/effective-scopes.js';
import type { TokenFacts } from '../verification/token-facts.js';
import type { ActiveIntrospectionDto } from './introspection.dto.js';

export const INACTIVE_ANSWER = '{"active":false}';

/** By issuer: one, or as many as there are names by which this service is reached. */
const answers = new LRUCache<string, ShortAnswers<TokenFacts>>({ max: 4 });

/** What is said of a good token, as the JSON of an ActiveIntrospectionDto. */
export function activeAnswer(token: TokenFacts, issuer: string): ShortAnswer {
  let byIssuer = answers.get(issuer);
  if (byIssuer === undefined) {
    byIssuer = new ShortAnswers((about) => JSON.stringify(activeDto(about, issuer)));
    answers.set(issuer, byIssuer);
  }
  return byIssuer.of(token);
}

/** RFC 7662 §2.2. */
function activeDto(token: TokenFacts, issuer: string): ActiveIntrospectionDto {
  const { owner, business } = token;
  const { endsAtMs } = token;
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
