import type { TokenLine } from './token-authority.js';

/** What of a token a person looks at, one line each, the parts separated by tabs. */
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

/** What is in a name must not steer a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}
