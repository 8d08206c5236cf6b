import type { DomainError } from '../common/errors/domain-error.js';
import type { ErrorCode } from '../common/errors/error-code.js';
import type { ErrorShape, RenderedError } from '../common/errors/error-shape.js';
import { GATEWAY_PATH } from './gateway-target.js';

const DENIED = 403;
const UNDECIDABLE = 503;

/**
 * Every code as one of the statuses that proxies understand: 401 and 403 are what nginx takes for a refusal, 503 for
 * all that says nothing of the token. Never 404 or 429, which nginx answers with 500.
 */
const GATEWAY_STATUS: Record<ErrorCode, number> = {
  'request.invalid': 401,
  'request.too_large': UNDECIDABLE,
  'request.unsupported_media_type': UNDECIDABLE,
  'request.rate_limited': UNDECIDABLE,
  'route.not_found': UNDECIDABLE,
  'input.invalid': DENIED,
  'cursor.invalid': DENIED,
  'authentication.required': 401,
  'authentication.malformed': 401,
  'authentication.invalid': 401,
  'business.header_missing': DENIED,
  'business.header_malformed': DENIED,
  'business.forbidden': DENIED,
  'permission.denied': DENIED,
  'permission.scope_not_grantable': DENIED,
  'token.not_found': 401,
  'token.not_active': 401,
  'token.limit_reached': DENIED,
  'token.secret_in_use': DENIED,
  'idempotency.under_way': DENIED,
  'token.not_renewable': DENIED,
  'member.not_found': DENIED,
  'member.exists': DENIED,
  'member.last_owner': DENIED,
  'identity.not_found': DENIED,
  'identity.disabled': DENIED,
  'identity.token_auth_attached': DENIED,
  'identity.token_auth_missing': DENIED,
  'identity.token_auth_not_found': DENIED,
  'business.not_found': DENIED,
  'business.slug_taken': DENIED,
  'audit.event_not_found': DENIED,
  'audit.unwritable': UNDECIDABLE,
  'revocation.unconfirmed': UNDECIDABLE,
  'service.unavailable': UNDECIDABLE,
  internal: UNDECIDABLE,
};

/** The native body, for proxies that hand the refusal on to the client. */
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
