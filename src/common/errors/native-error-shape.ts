import type { DomainError } from './domain-error.js';
import type { ErrorCode } from './error-code.js';
import type { ErrorShape, RenderedError } from './error-shape.js';

export const NATIVE_STATUS: Record<ErrorCode, number> = {
  'request.invalid': 400,
  'request.too_large': 413,
  'request.unsupported_media_type': 415,
  'request.rate_limited': 429,
  'route.not_found': 404,
  'input.invalid': 422,
  'cursor.invalid': 400,
  'authentication.required': 401,
  'authentication.malformed': 400,
  'authentication.invalid': 401,
  'business.header_missing': 400,
  'business.header_malformed': 400,
  'business.forbidden': 403,
  'permission.denied': 403,
  'permission.scope_not_grantable': 403,
  'token.not_found': 404,
  'token.not_active': 409,
  'token.limit_reached': 409,
  'token.secret_in_use': 409,
  'idempotency.under_way': 409,
  'token.not_renewable': 409,
  'member.not_found': 404,
  'member.exists': 409,
  'member.last_owner': 409,
  'identity.not_found': 404,
  'identity.disabled': 409,
  'identity.token_auth_attached': 409,
  'identity.token_auth_missing': 409,
  'identity.token_auth_not_found': 404,
  'business.not_found': 404,
  'business.slug_taken': 409,
  'audit.event_not_found': 404,
  'audit.unwritable': 503,
  'revocation.unconfirmed': 503,
  'service.unavailable': 503,
  internal: 500,
};

/** `{detail, code, request_id}`; `detail` is a sentence, or the list of issues for a 422 (DayZero dialect). */
export class NativeErrorShape implements ErrorShape {
  readonly pathPrefix = '/';
  readonly statusOf = NATIVE_STATUS;

  render(error: DomainError, requestId: string): RenderedError {
    const detail = error.code === 'input.invalid' ? (error.facts.issues ?? []) : error.message;
    return { status: this.statusOf[error.code], body: { detail, code: error.code, request_id: requestId } };
  }
}
