import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { documentedRefusals } from '../../common/errors/documented-refusals.js';

const DESCRIPTIONS = {
  400: 'BadRequest: the request itself, or the state of the identity, does not allow it.',
  401: 'UnauthorizedError: no secret was presented, or it is not good at this moment.',
  403: 'PermissionDenied: the scopes or the role do not reach; TokenError: the secret is malformed or expired.',
  404: 'NotFound: there is no such thing, or it belongs to another organization.',
  413: 'BadRequest: the body is over 100 kB, or over 4 kB and no credential is needed or presented.',
  415: 'BadRequest: the body is not JSON.',
  422: 'ValidationFailure: the input is not valid; `message` lists what is wrong.',
  429: 'RateLimitExceeded: too many failed authentications, or open requests, from this address.',
  500: 'InternalServerError: a fault of the service; nothing was changed.',
  503: 'InternalServerError: it cannot be decided, recorded or confirmed at the moment. Repeat after Retry-After seconds.',
} as const;

/** Documents the refusals of an operation in Infisical's error shape; those of every operation are among them. */
export const InfisicalRefusals = documentedRefusals(
  DESCRIPTIONS,
  (status) => (status === 422 ? InfisicalInputErrorDto : InfisicalErrorDto),
  [400, 401, 403, 422, 429, 500, 503],
);

/** Why a request was refused. */
class InfisicalErrorDto {
  @ApiProperty({ pattern: '^req-[0-9A-Za-z]{14}$', example: 'req-0123456789abcd' })
  reqId!: string;

  @ApiProperty({ type: 'integer', example: 404 })
  statusCode!: number;

  /** A sentence for people. */
  @ApiProperty({ example: 'Resource not found' })
  message!: string;

  @ApiProperty({ example: 'NotFound' })
  error!: string;

  /** For PermissionDenied: the scope that would have been needed. */
  @ApiPropertyOptional({ type: 'array', items: { type: 'object', additionalProperties: true } })
  details?: Record<string, unknown>[];
}

class InfisicalIssueDto {
  @ApiProperty({ example: 'int_type' })
  code!: string;

  @ApiProperty({
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
    example: ['accessTokenTTL'],
  })
  path!: (string | number)[];

  @ApiProperty({ example: 'Input should be a valid integer' })
  message!: string;
}

/** What is wrong with the input, field by field. */
class InfisicalInputErrorDto {
  @ApiProperty({ pattern: '^req-[0-9A-Za-z]{14}$', example: 'req-0123456789abcd' })
  reqId!: string;

  @ApiProperty({ type: 'integer', enum: [422] })
  statusCode!: number;

  @ApiProperty({ type: [InfisicalIssueDto] })
  message!: InfisicalIssueDto[];

  @ApiProperty({ enum: ['ValidationFailure'] })
  error!: string;
}
