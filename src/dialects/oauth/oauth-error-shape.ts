import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiSecurity } from '@nestjs/swagger';
import type { DomainError } from '../../common/errors/domain-error.js';
import { HTTP_STATUS, statusesOf } from '../../common/errors/refusals.js';
import type { ErrorShape, RenderedError } from '../../common/errors/error-shape.js';
import { documentedRefusals } from '../../common/errors/documented-refusals.js';

/** Why a request was refused (RFC 6749 §5.2). */
class OAuthErrorDto {
  /** Stable, for programs. */
  @ApiProperty({ example: 'invalid_request' })
  error!: string;

  /** A sentence for people. */
  @ApiProperty({ example: 'The token parameter is missing.' })
  error_description!: string;
}

const DESCRIPTIONS = {
  400: 'A parameter is missing or repeated, or credentials are given in two ways.',
  401: 'The client did not prove who it is.',
  403: 'The scopes of the client do not reach, or the business is not its own.',
  413: 'The body is over 100 kB, or over 4 kB to revoke or without a credential.',
  415: 'The body is not a form.',
  429: 'Too many requests or failed authentications from this address. Retry-After says when to go on.',
  500: 'A fault of the service; nothing was changed.',
  503: 'It cannot be decided or confirmed at the moment: take the token for alive, and repeat the call after Retry-After seconds.',
} as const;

/** Documents the refusals of an OAuth endpoint. */
export const OAuthRefusals = documentedRefusals(DESCRIPTIONS, () => OAuthErrorDto);

/** Documents how a client proves who it is: alternatives, none of which `optional` asks for. */
export function ClientAuthentication(need: 'required' | 'optional'): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiSecurity({ bearer: [] }),
    ApiSecurity({ identity: [] }),
    ...(need === 'optional' ? [ApiSecurity({})] : []),
  );
}

/**
 * What each status is called, `invalid_request` otherwise: RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 6750 §3.1, and RFC 6749 §4.1.2.1 for
 * what is the server's fault.
 */
const WORDS: Record<number, string> = {
  401: 'invalid_client',
  403: 'insufficient_scope',
  429: 'temporarily_unavailable',
  500: 'server_error',
  503: 'temporarily_unavailable',
};

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
    const isBearer = error.code === 'authentication.invalid' && error.facts.scheme !== 'basic';
    const word = isBearer ? this.refusedBearer : WORDS[status];
    return {
      status,
      body: { error: word ?? 'invalid_request', error_description: descriptionOf(error) },
    };
  }
}

/** RFC 6749 §5.2 allows printable ASCII but for the quotation mark and the backslash. */
function descriptionOf(error: DomainError): string {
  return error.message.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
}
