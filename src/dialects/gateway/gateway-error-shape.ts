import type { DomainError } from '../../common/errors/domain-error.js';
import { statusesOf } from '../../common/errors/refusals.js';
import type { ErrorShape, RenderedError } from '../../common/errors/error-shape.js';
import { GATEWAY_PATH } from './gateway-target.js';

const DENIED = 403;
const UNDECIDABLE = 503;

/**
 * Every kind as one of the statuses that proxies understand: 401 and 403 are refusals for nginx, 503 stands for
 * everything that says nothing about the token. Never 404 or 429, for which nginx answers 500.
 */
const GATEWAY_STATUS = statusesOf(
  {
    invalid_request: DENIED,
    invalid_input: DENIED,
    too_large: UNDECIDABLE,
    unsupported_media_type: UNDECIDABLE,
    rate_limited: UNDECIDABLE,
    upgrade_required: UNDECIDABLE,
    no_route: UNDECIDABLE,
    unauthenticated: 401,
    malformed_credential: 401,
    forbidden: DENIED,
    not_found: DENIED,
    conflict: DENIED,
    unavailable: UNDECIDABLE,
    internal: UNDECIDABLE,
  },
  { 'request.invalid': 401, 'token.not_found': 401, 'token.not_active': 401 },
);

/** The native body, for proxies that pass the refusal to the client. */
export class GatewayErrorShape implements ErrorShape {
  readonly pathPrefix = GATEWAY_PATH;
  readonly statusOf = GATEWAY_STATUS;

  render(error: DomainError, requestId: string): RenderedError {
    return {
      status: this.statusOf[error.code],
      body: { detail: error.message, code: error.code, request_id: requestId },
    };
  }
}
