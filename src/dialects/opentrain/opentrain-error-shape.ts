import type { DomainError } from '../../common/errors/domain-error.js';
import { HTTP_STATUS, statusesOf } from '../../common/errors/refusals.js';
import type { ErrorShape, RenderedError } from '../../common/errors/error-shape.js';

/** `{error, error_description}` (RFC 6749 §5.2), for the revocation endpoints under /api/agent. */
export class OpenTrainAgentErrorShape implements ErrorShape {
  readonly pathPrefix = '/api/agent';
  readonly statusOf = statusesOf({ ...OPENTRAIN_KINDS, unsupported_media_type: 400 });

  render(error: DomainError): RenderedError {
    const status = this.statusOf[error.code];
    return { status, body: { error: wordFor(status), error_description: error.message } };
  }
}

function wordFor(status: number): string {
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

/** What each status is called; others by their hundred. */
const CODES = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  429: 'RATE_LIMITED',
  500: 'INTERNAL_ERROR',
} as const;
export type OpenTrainCode = (typeof CODES)[keyof typeof CODES];
export const OPENTRAIN_CODES = Object.values(CODES);

/** The statuses of the kinds of refusals under /api/public and /api/agent. */
const OPENTRAIN_KINDS = { ...HTTP_STATUS, invalid_input: 400, malformed_credential: 401 };

const OPENTRAIN_STATUS = statusesOf(OPENTRAIN_KINDS);

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
        code: CODES[status as keyof typeof CODES] ?? CODES[status >= 500 ? 500 : 400],
        requestId,
        ...(details === undefined ? {} : { details }),
      },
    };
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
