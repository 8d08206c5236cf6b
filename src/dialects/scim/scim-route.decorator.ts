import { applyDecorators, Header } from '@nestjs/common';
import { TokenBusinessRoute } from '../../auth/token-business-route.decorator.js';
import { SCIM_JSON } from './scim-urns.js';

/** A route in the business of the calling token: SCIM clients name none. Its answers have a body. */
export function ScimRoute(scope: 'rescind:members:read' | 'rescind:members:write'): MethodDecorator {
  return applyDecorators(TokenBusinessRoute(scope), Header('content-type', `${SCIM_JSON}; charset=utf-8`));
}
