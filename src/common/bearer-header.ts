import type { IncomingMessage } from 'node:http';
import { type DomainError, refusal } from './errors/domain-error.js';

const REALM = 'rescind';

/** @throws DomainError `authentication.malformed`, always */
export function refuseMalformed(): never {
  throw refusal('authentication.malformed');
}

/**
 * The secret of `Authorization: Bearer …` (RFC 6750 §2.1), the only way a secret may be presented.
 * @throws DomainError `authentication.required` without one or with an empty one, `authentication.malformed` when given twice,
 * in two ways, or in no form that could be a secret.
 */
export function bearerSecretOf(request: IncomingMessage): string {
  const header = request.headers.authorization;
  const inQuery = request.url?.includes('access_token=') === true;
  if (header === undefined || !/^bearer(\s|$)/i.test(header)) throw refusal('authentication.required');
  if (inQuery || timesGiven(request) > 1) refuseMalformed();
  const secret = header.slice(7).trim();
  if (secret === '') throw refusal('authentication.required');
  if (secret.includes(' ') || secret.includes(',')) refuseMalformed();
  return secret;
}

/** How often the Authorization header is given. Node keeps the first of repeated ones; two must not pass for one. */
export function timesGiven(request: IncomingMessage): number {
  let times = 0;
  const { rawHeaders } = request;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 13 && name.toLowerCase() === 'authorization') times++;
  }
  return times;
}

/** The `WWW-Authenticate` value for a refusal (RFC 6750 §3); undefined for what is no matter of authentication. */
export function challengeFor(error: DomainError): string | undefined {
  switch (error.code) {
    case 'authentication.required':
      return `Bearer realm="${REALM}"`;
    case 'authentication.malformed':
      return `Bearer realm="${REALM}", error="invalid_request"`;
    case 'authentication.invalid':
      if (error.facts.scheme === 'basic') return `Basic realm="${REALM}", charset="UTF-8"`;
      return `Bearer realm="${REALM}", error="invalid_token"`;
    case 'permission.denied':
    case 'permission.scope_not_grantable':
    case 'business.forbidden': {
      const { scope } = error.facts;
      return `Bearer realm="${REALM}", error="insufficient_scope"${scope === undefined ? '' : `, scope="${scope}"`}`;
    }
    default:
      return undefined;
  }
}
