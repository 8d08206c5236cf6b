import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiSecurity } from '@nestjs/swagger';
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
