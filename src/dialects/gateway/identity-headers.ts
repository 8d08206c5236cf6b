import { effectiveScopes } from '../../verification/effective-scopes.js';
import type { TokenFacts } from '../../verification/token-facts.js';

/**
 * The identity of the token, as headers for the proxy to pass to the upstream. All are always present, so that a
 * proxy that copies them overwrites every one that a client sent.
 * @param businessId the business that it acts in; null: a token of the platform in none
 */
export function identityHeaders(token: TokenFacts, businessId: string | null): Record<string, string> {
  const { owner } = token;
  const { endsAtMs } = token;
  return {
    'x-rescind-business-id': businessId ?? '',
    'x-rescind-token-id': token.id,
    'x-rescind-owner': headerValue(owner.email ?? owner.name),
    // A name may look like somebody's e-mail; kind and id cannot be chosen.
    'x-rescind-owner-kind': owner.kind,
    'x-rescind-owner-id': owner.id ?? '',
    'x-rescind-scopes': effectiveScopes(token).map(headerValue).join(' '),
    'x-rescind-expires-at': endsAtMs === Infinity ? 'never' : new Date(endsAtMs).toISOString(),
  };
}

/** Printable ASCII unchanged; everything else, and the percent sign, percent-encoded as UTF-8: always one line. */
function headerValue(text: string): string {
  return /^[\x20-\x24\x26-\x7e]*$/.test(text)
    ? text
    : text.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]+/gu, encodeURIComponent);
}
