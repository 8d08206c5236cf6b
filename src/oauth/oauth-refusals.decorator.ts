import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse, ApiSecurity } from '@nestjs/swagger';

/** Why a request was refused (RFC 6749 §5.2). */
export class OAuthErrorDto {
  /** Stable, for programs. */
  @ApiProperty({ example: 'invalid_request' })
  error!: string;

  /** A sentence for people. */
  @ApiProperty({ example: 'The token parameter is missing.' })
  error_description!: string;
}

const REFUSALS = {
  400: [
    'A parameter is missing or repeated, or credentials are given in two ways.',
    'invalid_request',
    'The token parameter is missing.',
  ],
  401: ['The client did not prove who it is.', 'invalid_client', 'Not authenticated'],
  403: [
    'The scopes of the client do not reach, or the business is not its own.',
    'insufficient_scope',
    'Not enough permissions',
  ],
  413: ['The body is over 100 kB.', 'invalid_request', 'The request body is too large.'],
  415: ['The body is not a form.', 'invalid_request', 'The content type of the request is not supported.'],
  429: [
    'Too many requests or failed authentications from this address. Retry-After says when to go on.',
    'temporarily_unavailable',
    'Too many requests',
  ],
  500: ['A fault of the service; nothing was changed.', 'server_error', 'Internal error'],
  503: [
    'It cannot be decided or confirmed at the moment: take the token for alive, and repeat the call after Retry-After seconds.',
    'temporarily_unavailable',
    'The token cannot be judged at the moment.',
  ],
} as const;

/** Documents the refusals of an OAuth endpoint. */
export function OAuthRefusals(...statuses: (keyof typeof REFUSALS)[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ...statuses.map((status) => {
      const [description, error, sentence] = REFUSALS[status];
      return ApiResponse({
        status,
        description,
        type: OAuthErrorDto,
        example: { error, error_description: sentence },
      });
    }),
  );
}

/** Documents how a client proves who it is: alternatives, none of which `optional` asks for. */
export function ClientAuthentication(need: 'required' | 'optional'): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiSecurity({ bearer: [] }),
    ApiSecurity({ identity: [] }),
    ...(need === 'optional' ? [ApiSecurity({})] : []),
  );
}
