import { hash } from 'node:crypto';
import type { DomainError } from '../../common/errors/domain-error.js';
import { HTTP_STATUS, statusesOf } from '../../common/errors/refusals.js';
import type { ErrorShape, RenderedError } from '../../common/errors/error-shape.js';

const INFISICAL_STATUS = statusesOf(
  { ...HTTP_STATUS, conflict: 400, malformed_credential: 403 },
  { 'token.not_renewable': 401 },
);

/** What Infisical, whose secrets are JWTs, refuses after reading them: 403 where everything else is 401. */
const TOKEN_ERRORS: Record<string, string> = {
  expired: 'The access token has expired.',
  malformed: 'The access token is malformed.',
};

/** What the error of a status is called, where not like others of its hundred. */
const NAMES: Record<number, string> = {
  401: 'UnauthorizedError',
  403: 'PermissionDenied',
  404: 'NotFound',
  429: 'RateLimitExceeded',
};

/** What a client that signs in first, as its library does with `universal-auth/login`, has to be told. */
const NOT_HERE =
  'This call is not here. Of the ways to authenticate, Token Auth is: give the client a token that was issued at /api/v1/auth/token-auth/identities/{identityId}/tokens.';

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
    const usual = NAMES[statusCode] ?? (statusCode >= 500 ? 'InternalServerError' : 'BadRequest');
    const named = code === 'business.forbidden' ? 'ForbiddenError' : usual;
    const sentence = code === 'route.not_found' ? NOT_HERE : message;
    return { statusCode, message: sentence, error: named, ...details };
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

/** The original's form of a request id, made from ours, which the `x-request-id` header has in full. */
function reqIdOf(requestId: string): string {
  return `req-${hash('sha256', requestId).slice(0, 14)}`;
}
