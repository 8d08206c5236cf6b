import type { TokenLine } from './token-authority.js';

/** The fields of a token that a person needs, one line per token, separated by tabs. */
export function lineOf(token: TokenLine): string {
  const { owner } = token;
  return [
    token.id,
    token.token_prefix,
    token.status,
    owner.email ?? owner.name ?? owner.kind,
    token.name ?? '-',
    `used ${token.last_used_at ?? 'never'}`,
    `expires ${token.expires_at ?? 'never'}`,
    ...(token.revoked_at === null
      ? []
      : [`revoked ${token.revoked_at} by ${token.revoked_by ?? '-'}: ${token.revocation_reason ?? '-'}`]),
  ]
    .map(printable)
    .join('\t');
}

/** Control characters in a name must not have an effect in a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}
