import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';

/** The parameters of a valid form: each at most once; one without a value counts as omitted (RFC 6749 §3.2). */
export type Form = Readonly<Record<string, string | undefined>>;

/** Parameters that must never be in a URL: they would end up in logs and histories (RFC 6750 §5.3). */
const SECRET_IN_QUERY = /[?&](token|access_token|client_secret|client_assertion)=/i;

/**
 * The form of a request to an OAuth endpoint.
 * @throws DomainError `request.invalid` when a parameter is repeated (RFC 6749 §3.2) or a secret is in the URL
 */
export function formOf(request: FastifyRequest): Form {
  if (request.url.includes('?') && SECRET_IN_QUERY.test(request.url)) {
    throw invalidRequest('Secrets are accepted in the body of the request only, never in its address.');
  }
  const body = (request.body ?? {}) as Record<string, string | string[] | undefined>;
  for (const name in body) {
    if (typeof body[name] !== 'string') throw invalidRequest('A parameter is given more than once.');
    if (body[name] === '') body[name] = undefined;
  }
  return body as Form;
}

/**
 * The token that the request is about.
 * @throws DomainError `request.invalid` without one
 */
export function tokenOf(form: Form): string {
  if (form.token === undefined) throw invalidRequest('The token parameter is missing.');
  return form.token;
}

export function invalidRequest(sentence: string): DomainError {
  return new DomainError('request.invalid', sentence);
}
