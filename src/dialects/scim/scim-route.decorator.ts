import { applyDecorators, Header } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { TokenBusinessRoute } from '../../auth/token-business-route.decorator.js';
import { documentedRefusals } from '../../common/errors/documented-refusals.js';
import { SCIM_ERROR, SCIM_JSON } from './scim-urns.js';

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
  413: 'The body is over 100 kB, of a group over 4 MB, or over 4 kB and no credential is presented.',
  415: 'The body is neither application/scim+json nor application/json.',
  429: 'Too many calls, or too many failed authentications from this address.',
  500: 'A fault of the service; nothing was changed.',
  503: 'It cannot be decided, recorded or confirmed at the moment. Repeat after Retry-After seconds.',
} as const;

const Refusals = documentedRefusals(DESCRIPTIONS, () => ScimErrorDto, [400, 401, 403, 429, 500, 503]);

type MembersScope = 'rescind:members:read' | 'rescind:members:write';

/**
 * A route in the business of the calling token: SCIM clients name none. The scope of directories is enough for it.
 * @param refusals those that not every route has
 */
export function DirectoryRoute(
  scope: MembersScope,
  ...refusals: Parameters<typeof Refusals>
): MethodDecorator {
  return applyDecorators(TokenBusinessRoute([scope, 'rescind:directory:write']), Refusals(...refusals));
}

/** The same, where the answers have a body. */
export function ScimRoute(scope: MembersScope, ...refusals: Parameters<typeof Refusals>): MethodDecorator {
  return applyDecorators(
    DirectoryRoute(scope, ...refusals),
    Header('content-type', `${SCIM_JSON}; charset=utf-8`),
  );
}
