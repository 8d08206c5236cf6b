import type { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';
import { BUSINESS_HEADER } from '../../auth/business-header.js';
import { DomainError } from '../../common/errors/domain-error.js';

/** What a token must satisfy for its request to be allowed. */
export interface AuthorizationQuestion {
  /** All of them. */
  scopes: string[];
  /** The business that it must belong to. If different ones are named, no token satisfies it. */
  businesses: string[];
}

const NOTHING: AuthorizationQuestion = { scopes: [], businesses: [] };
/** A token has a hundred scopes at most. */
const SCOPES_MAX = 100;

/**
 * Reads what the configuration of the proxy demands. Envoy appends the address of the client's request, so a client
 * may add to the query. Everything named counts, so an addition can only make the demand stricter.
 * @throws DomainError `input.invalid` for more scopes than a token can have
 */
export function questionOf({ url = '', headers }: IncomingMessage): AuthorizationQuestion {
  const start = url.indexOf('?');
  const header = headers[BUSINESS_HEADER];
  if (start === -1 && header === undefined) return NOTHING;
  // All of them, as many as an address can contain: a demand that is ignored would be none.
  const query = start === -1 ? {} : parse(url.slice(start + 1), '&', '=', { maxKeys: 0 });
  const scopes = valuesOf(query.scope).flatMap((value) => value.split(' ').filter((scope) => scope !== ''));
  if (scopes.length > SCOPES_MAX)
    throw new DomainError('input.invalid', 'The scope parameter names more scopes than a token can have.');
  return {
    scopes,
    businesses: [...valuesOf(query.business), ...valuesOf(header)].map((id) => id.trim().toLowerCase()),
  };
}

/**
 * The scopes that are named as needed; null: none are named, and the upstream decides from all scopes of the token,
 * which it is told.
 */
export function scopesSaidIn({ scopes }: AuthorizationQuestion): readonly string[] | null {
  return scopes.length === 0 ? null : scopes;
}

function valuesOf(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
