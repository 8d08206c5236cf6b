import type { DomainError } from '../../common/errors/domain-error.js';
import { HTTP_STATUS, statusesOf } from '../../common/errors/refusals.js';
import type { ErrorShape, RenderedError } from '../../common/errors/error-shape.js';

const VCITA_STATUS = statusesOf(
  { ...HTTP_STATUS, conflict: 422, malformed_credential: 401 },
  { 'token.not_found': 422 },
);

/** `{status: "Error", error, message}`, the same sentence twice, as in vcita's own API. */
export class VcitaErrorShape implements ErrorShape {
  readonly pathPrefix = '/platform/v1';
  readonly statusOf = VCITA_STATUS;

  render(error: DomainError): RenderedError {
    const sentence = sentenceOf(error);
    return {
      status: this.statusOf[error.code],
      body: { status: 'Error', error: sentence, message: sentence },
    };
  }
}

function sentenceOf({ code, message, facts }: DomainError): string {
  if (code === 'token.not_found') return 'invalid token';
  if (code !== 'input.invalid' || facts.issues === undefined) return message;
  return facts.issues.map(({ loc, msg }) => `${loc.slice(1).join('.')}: ${msg}`).join('; ');
}
