import type { DomainError } from '../common/errors/domain-error.js';
import type { ErrorCode } from '../common/errors/error-code.js';
import type { ErrorShape, RenderedError } from '../common/errors/error-shape.js';

/** RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 6750 §3.1; the last two words are RFC 6749 §4.1.2.1's for what is the server's fault. */
type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'temporarily_unavailable'
  | 'server_error';

const OAUTH_STATUS: Record<ErrorCode, number> = {
  'request.invalid': 400,
  'request.too_large': 413,
  'request.unsupported_media_type': 415,
  'request.rate_limited': 429,
  'route.not_found': 404,
  'input.invalid': 400,
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
  'token.not_renewable': 401,
  'member.not_found': 404,
  'member.exists': 409,
  'member.last_owner': 409,
  'identity.not_found': 404,
  'identity.disabled': 409,
  'identity.token_auth_attached': 400,
  'identity.token_auth_missing': 400,
  'identity.token_auth_not_found': 404,
  'business.not_found': 404,
  'business.slug_taken': 409,
  'audit.event_not_found': 404,
  'audit.unwritable': 503,
  'revocation.unconfirmed': 503,
  'service.unavailable': 503,
  internal: 500,
};

/** `{error, error_description}` (RFC 6749 §5.2), for the OAuth endpoints. */
export class OAuthErrorShape implements ErrorShape {
  readonly statusOf = OAUTH_STATUS;

  /**
   * @param refusedBearer what a bearer secret that is not good is called: RFC 7662 §2.3 has an endpoint that it
   * gives access to say `invalid_token`, RFC 7009 §2.1 one that it authenticates a client to `invalid_client`
   */
  constructor(
    readonly pathPrefix: string,
    private readonly refusedBearer: 'invalid_token' | 'invalid_client',
  ) {}

  render(error: DomainError): RenderedError {
    const status = this.statusOf[error.code];
    return {
      status,
      body: { error: this.wordFor(error, status), error_description: descriptionOf(error) },
    };
  }

  private wordFor(error: DomainError, status: number): OAuthError {
    if (error.code === 'authentication.invalid') {
      return error.facts.scheme === 'basic' ? 'invalid_client' : this.refusedBearer;
    }
    switch (status) {
      case 401:
        return 'invalid_client';
      case 403:
        return 'insufficient_scope';
      case 429:
      case 503:
        return 'temporarily_unavailable';
      case 500:
        return 'server_error';
      default:
        return 'invalid_request';
    }
  }
}

/** RFC 6749 §5.2 allows printable ASCII but for the quotation mark and the backslash. */
function descriptionOf(error: DomainError): string {
  return error.message.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
}
