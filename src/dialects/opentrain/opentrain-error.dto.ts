import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OPENTRAIN_CODES, type OpenTrainCode } from './opentrain-error-shape.js';

/** Why a request was refused. */
export class OpenTrainErrorDto {
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
export class OpenTrainAgentErrorDto {
  @ApiProperty({ enum: ['invalid_request', 'temporarily_unavailable', 'server_error'] })
  error!: string;

  /** A sentence for people. */
  @ApiProperty({ example: 'The token parameter is missing.' })
  error_description!: string;
}
