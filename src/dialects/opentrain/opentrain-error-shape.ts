import type { DomainError } from '../../common/errors/domain-error.js';
import type { ErrorCode } from '../../common/errors/error-code.js';
import type { ErrorShape, RenderedError } from '../../common/errors/error-shape.js';

export const OPENTRAIN_CODES = [
  'BAD_REQUEST',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'RATE_LIMITED',
  'INTERNAL_ERROR',
] as const;
export type OpenTrainCode = (typeof OPENTRAIN_CODES)[number];

export const OPENTRAIN_STATUS: Record<ErrorCode, number> = {
  'request.invalid': 400,
  'request.too_large': 413,
  'request.unsupported_media_type': 415,
  'request.rate_limited': 429,
  'route.not_found': 404,
  'input.invalid': 400,
  'cursor.invalid': 400,
  'authentication.required': 401,
  'authentication.malformed': 401,
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

/** `{error, code, requestId, details?}`, for everything under /api/public. */
export class OpenTrainErrorShape implements ErrorShape {
  readonly pathPrefix = '/api/public';
  readonly statusOf = OPENTRAIN_STATUS;

  render(error: DomainError, requestId: string): RenderedError {
    const status = this.statusOf[error.code];
    const details = detailsOf(error);
    return {
      status,
      body: {
        error: error.message,
        code: codeFor(status),
        requestId,
        ...(details === undefined ? {} : { details }),
      },
    };
  }
}

function codeFor(status: number): OpenTrainCode {
  switch (status) {
    case 401:
      return 'UNAUTHORIZED';
    case 403:
      return 'FORBIDDEN';
    case 404:
      return 'NOT_FOUND';
    case 409:
      return 'CONFLICT';
    case 429:
      return 'RATE_LIMITED';
    default:
      return status >= 500 ? 'INTERNAL_ERROR' : 'BAD_REQUEST';
  }
}

/** Facts that the caller may have; why an authentication failed is not among them. */
function detailsOf({ code, facts }: DomainError): Record<string, unknown> | undefined {
  if (code === 'token.not_found') return facts.details;
  if (code !== 'input.invalid') return undefined;
  const issues = (facts.issues ?? []).map(({ loc, msg }) => ({
    path: loc.slice(1).map(camelCase),
    message: msg,
  }));
  return { ...facts.details, issues };
}

function camelCase(name: string | number): string | number {
  return typeof name === 'number'
    ? name
    : name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
