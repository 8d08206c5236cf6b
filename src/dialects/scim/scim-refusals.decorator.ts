import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { documentedRefusals } from '../../common/errors/documented-refusals.js';
import { SCIM_ERROR } from './scim-urns.js';

/** Why a request was refused (RFC 7644 §3.12). */
class ScimErrorDto {
  @ApiProperty({ type: [String], example: [SCIM_ERROR] })
  schemas!: string[];

  /** The HTTP status, as a string. */
  @ApiProperty({ example: '404' })
  status!: string;

  @ApiPropertyOptional({ example: 'invalidValue' })
  scimType?: string;

  @ApiProperty({ example: 'Resource not found' })
  detail!: string;
}

const DESCRIPTIONS = {
  400: 'The request is not valid; `scimType` says in which way. Whether a user is to be active must be clear.',
  401: 'No secret was presented, or it is not good at this moment.',
  403: 'The scope or the role of the token does not reach: nobody can change who has a higher role.',
  404: 'There is no such thing, or it belongs to another business.',
  409: 'Another user or group has this name (`uniqueness`), or the user is the last owner.',
  413: 'The body is over 100 kB, or over 4 kB and no credential is presented.',
  415: 'The body is neither application/scim+json nor application/json.',
  429: 'Too many calls, or too many failed authentications from this address.',
  500: 'A fault of the service; nothing was changed.',
  503: 'It cannot be decided, recorded or confirmed at the moment. Repeat after Retry-After seconds.',
} as const;

/** Documents the refusals of an operation under /scim; those of every operation are among them. */
export const ScimRefusals = documentedRefusals(
  DESCRIPTIONS,
  () => ScimErrorDto,
  [400, 401, 403, 429, 500, 503],
);
