import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OPENTRAIN_CODES, type OpenTrainCode } from './opentrain-error-shape.js';
import { documentedRefusals } from '../../common/errors/documented-refusals.js';

const DESCRIPTIONS = {
  400: 'BAD_REQUEST: the input is not valid; `details` says what.',
  401: 'UNAUTHORIZED: no secret was presented, or it is not good at this moment.',
  403: 'FORBIDDEN: a scope that the caller lacks, or a business that is not theirs.',
  404: 'NOT_FOUND: there is no such token, or it belongs to somebody else.',
  409: 'CONFLICT: the account already has the maximum number of active tokens.',
  413: 'BAD_REQUEST: the body is over 100 kB, or over 4 kB and no credential is presented.',
  415: 'BAD_REQUEST: the body is not JSON.',
  429: 'RATE_LIMITED: too many failed authentications from this address.',
  500: 'INTERNAL_ERROR: a fault of the service; nothing was changed.',
  503: 'INTERNAL_ERROR: it cannot be decided, recorded or confirmed at the moment. Repeat after Retry-After seconds.',
} as const;

/** Documents the refusals of an operation under /api/public; those of every operation are among them. */
export const OpenTrainRefusals = documentedRefusals(
  DESCRIPTIONS,
  () => OpenTrainErrorDto,
  [400, 401, 403, 429, 500, 503],
);

const AGENT_DESCRIPTIONS = {
  400: 'invalid_request: no token, a repeated parameter, or no form.',
  413: 'invalid_request: the body is over 4 kB.',
  429: 'temporarily_unavailable: too many requests from this address.',
  500: 'server_error: a fault of the service; nothing was changed.',
  503: 'temporarily_unavailable: it cannot be recorded or confirmed at the moment. Repeat after Retry-After seconds.',
} as const;

/** Documents the refusals of the revocation endpoints under /api/agent: all of them, for each. */
export const OpenTrainAgentRefusals = documentedRefusals(
  AGENT_DESCRIPTIONS,
  () => OpenTrainAgentErrorDto,
  [400, 413, 429, 500, 503],
);

/** Why a request was refused. */
class OpenTrainErrorDto {
  /** A sentence for people. */
  @ApiProperty({ example: 'Resource not found' })
  error!: string;

  /** Stable, for programs. */
  @ApiProperty({ enum: OPENTRAIN_CODES, example: 'NOT_FOUND' })
  code!: OpenTrainCode;

  @ApiProperty({ example: '0199c0de-0000-7000-8000-000000000000' })
  requestId!: string;

  /** The part of the request that it is about: `tokenId`, `unknownScopes`, `issues`. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  details?: Record<string, unknown>;
}

/** Why a revocation was refused (RFC 6749 §5.2). */
class OpenTrainAgentErrorDto {
  @ApiProperty({ enum: ['invalid_request', 'temporarily_unavailable', 'server_error'] })
  error!: string;

  /** A sentence for people. */
  @ApiProperty({ example: 'The token parameter is missing.' })
  error_description!: string;
}
