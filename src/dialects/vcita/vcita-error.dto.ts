import { ApiProperty } from '@nestjs/swagger';
import { documentedRefusals } from '../../common/errors/documented-refusals.js';

const DESCRIPTIONS = {
  400: 'The request itself is malformed, or names no owner.',
  401: 'No secret was presented, or it is not good at this moment.',
  403: 'The scopes or the role of the caller do not reach, or the business is not theirs.',
  404: 'There is no such app, user or business.',
  413: 'The body is over 100 kB, or over 4 kB and no credential is presented.',
  415: 'The body is not JSON.',
  422: 'The input is not valid; for a revocation, `invalid token`: there is no such token, or it is not yours.',
  429: 'Too many failed authentications from this address.',
  500: 'A fault of the service; nothing was changed.',
  503: 'It cannot be decided, recorded or confirmed at the moment. Repeat after Retry-After seconds.',
} as const;

/** Documents the refusals of an operation in vcita's error shape; those of every operation are among them. */
export const VcitaRefusals = documentedRefusals(
  DESCRIPTIONS,
  () => VcitaErrorDto,
  [400, 401, 403, 422, 429, 500, 503],
);

/** Why a request was refused. */
class VcitaErrorDto {
  @ApiProperty({ enum: ['Error'] })
  status!: 'Error';

  /** A sentence for people. */
  @ApiProperty({ example: 'invalid token' })
  error!: string;

  /** The same sentence. */
  @ApiProperty({ example: 'invalid token' })
  message!: string;
}
