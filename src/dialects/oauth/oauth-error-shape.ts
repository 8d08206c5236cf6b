import type { DomainError } from '../../common/errors/domain-error.js';
import { HTTP_STATUS, statusesOf } from '../../common/errors/refusals.js';
import type { ErrorShape, RenderedError } from '../../common/errors/error-shape.js';

/** RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 6750 §3.1; the last two words are RFC 6749 §4.1.2.1's for what is the server's fault. */
type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'temporarily_unavailable'
  | 'server_error';

const OAUTH_STATUS = statusesOf({ ...HTTP_STATUS, invalid_input: 400 });

/** `{error, error_description}` (RFC 6749 §5.2), for the OAuth endpoints. */
export class OAuthErrorShape implements ErrorShape {
  readonly statusOf = OAUTH_STATUS;

  /**
   * @param refusedBearer the error for an invalid bearer secret: according to RFC 7662 §2.3, an endpoint that it
   * gives access to says `invalid_token`; according to RFC 7009 §2.1, one that it authenticates a client to says
   * `invalid_client`
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
