import type { DomainError } from '../../common/errors/domain-error.js';
import type { ErrorCode } from '../../common/errors/error-code.js';
import type { ErrorShape, RenderedError } from '../../common/errors/error-shape.js';

const VCITA_STATUS: Record<ErrorCode, number> = {
  'request.invalid': 400,
  'request.too_large': 413,
  'request.unsupported_media_type': 415,
  'request.rate_limited': 429,
  'route.not_found': 404,
  'input.invalid': 422,
  'cursor.invalid': 400,
  'authentication.required': 401,
  'authentication.malformed': 401,
  'authentication.invalid': 401,
  'business.header_missing': 400,
  'business.header_malformed': 400,
  'business.forbidden': 403,
  'permission.denied': 403,
  'permission.scope_not_grantable': 403,
  'token.not_found': 422,
  'token.not_active': 422,
  'token.limit_reached': 422,
  'token.secret_in_use': 422,
  'idempotency.under_way': 422,
  'token.not_renewable': 422,
  'member.not_found': 404,
  'member.exists': 422,
  'member.last_owner': 422,
  'identity.not_found': 404,
  'identity.disabled': 422,
  'identity.token_auth_attached': 422,
  'identity.token_auth_missing': 422,
  'identity.token_auth_not_found': 404,
  'business.not_found': 404,
  'business.slug_taken': 422,
  'audit.event_not_found': 404,
  'audit.unwritable': 503,
  'revocation.unconfirmed': 503,
  'service.unavailable': 503,
  internal: 500,
};

/** `{status: "Error", error, message}`, the same sentence twice, as the original does. */
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
