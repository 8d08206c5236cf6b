import { hash } from 'node:crypto';
import type { DomainError } from '../../common/errors/domain-error.js';
import type { ErrorCode } from '../../common/errors/error-code.js';
import type { ErrorShape, RenderedError } from '../../common/errors/error-shape.js';

const INFISICAL_STATUS: Record<ErrorCode, number> = {
  'request.invalid': 400,
  'request.too_large': 413,
  'request.unsupported_media_type': 415,
  'request.rate_limited': 429,
  'route.not_found': 404,
  'input.invalid': 422,
  'cursor.invalid': 400,
  'authentication.required': 401,
  'authentication.malformed': 403,
  'authentication.invalid': 401,
  'business.header_missing': 400,
  'business.header_malformed': 400,
  'business.forbidden': 403,
  'permission.denied': 403,
  'permission.scope_not_grantable': 403,
  'token.not_found': 404,
  'token.not_active': 400,
  'token.limit_reached': 400,
  'token.secret_in_use': 400,
  'idempotency.under_way': 400,
  'token.not_renewable': 401,
  'member.not_found': 404,
  'member.exists': 400,
  'member.last_owner': 400,
  'identity.not_found': 404,
  'identity.disabled': 400,
  'identity.token_auth_attached': 400,
  'identity.token_auth_missing': 400,
  'identity.token_auth_not_found': 404,
  'business.not_found': 404,
  'business.slug_taken': 400,
  'audit.event_not_found': 404,
  'audit.unwritable': 503,
  'revocation.unconfirmed': 503,
  'service.unavailable': 503,
  internal: 500,
};

/** What the original, whose secrets are JWTs, refuses by reading them: 403 where everything else is 401. */
const TOKEN_ERRORS: Record<string, string> = {
  expired: 'The access token has expired.',
  malformed: 'The access token is malformed.',
};

/** `{reqId, statusCode, message, error, details?}`; `message` is an array for a 422. */
export class InfisicalErrorShape implements ErrorShape {
  readonly statusOf = INFISICAL_STATUS;

  constructor(readonly pathPrefix: string) {}

  render(error: DomainError, requestId: string): RenderedError {
    const answer = { reqId: reqIdOf(requestId), ...this.wording(error) };
    return { status: answer.statusCode, body: answer };
  }

  private wording(error: DomainError): Omit<InfisicalErrorBody, 'reqId'> {
    const { code, message, facts } = error;
    const tokenError = tokenErrorOf(error);
    if (tokenError !== undefined) return { statusCode: 403, message: tokenError, error: 'TokenError' };
    const statusCode = this.statusOf[code];
    if (code === 'input.invalid') {
      const issues = (facts.issues ?? []).map(({ loc, msg, type }) => ({
        code: type,
        path: loc.slice(1),
        message: msg,
      }));
      return { statusCode, message: issues, error: 'ValidationFailure' };
    }
    const details = code.startsWith('permission.')
      ? { details: facts.scope === undefined ? [] : [{ scope: facts.scope }] }
      : {};
    return { statusCode, message, error: nameFor(statusCode, code), ...details };
  }
}

interface InfisicalErrorBody {
  reqId: string;
  statusCode: number;
  message: string | { code: string; path: (string | number)[]; message: string }[];
  error: string;
  details?: unknown[];
}

function tokenErrorOf({ code, facts }: DomainError): string | undefined {
  if (code === 'authentication.malformed') return TOKEN_ERRORS.malformed;
  const failure = code === 'authentication.invalid' ? facts.details?.failure : undefined;
  return typeof failure === 'string' ? TOKEN_ERRORS[failure] : undefined;
}

function nameFor(statusCode: number, code: ErrorCode): string {
  switch (statusCode) {
    case 401:
      return 'UnauthorizedError';
    case 403:
      return code === 'business.forbidden' ? 'ForbiddenError' : 'PermissionDenied';
    case 404:
      return 'NotFound';
    case 429:
      return 'RateLimitExceeded';
    default:
      return statusCode >= 500 ? 'InternalServerError' : 'BadRequest';
  }
}

/** The original's form of a request id, made from ours, which the `x-request-id` header has in full. */
function reqIdOf(requestId: string): string {
  return `req-${hash('sha256', requestId).slice(0, 14)}`;
}
