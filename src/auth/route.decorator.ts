import { applyDecorators, UseGuards, UseInterceptors, type CanActivate, type Type } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import { documentedRefusals } from '../common/errors/documented-refusals.js';
import { ErrorDto, InputErrorDto } from '../common/errors/error.dto.js';
import type { ManagementScope } from '../verification/scopes.js';
import { AdmissionInterceptor } from './admission.interceptor.js';
import { BearerGuard } from './bearer.guard.js';
import { BusinessGuard } from './business.guard.js';
import { CallLimitGuard } from './call-limit.guard.js';
import { RequireScope, ScopeGuard } from './scope-demands.js';

const DESCRIPTIONS = {
  400: 'The request itself is malformed: a header, a cursor or the JSON.',
  401: 'No secret was presented, or it is not good at this moment.',
  403: 'The scopes or the role of the caller do not reach, or the business is not theirs.',
  404: 'There is no such thing, or it belongs to another business.',
  409: 'The state of the thing does not allow it.',
  413: 'The body is over 100 kB, or over 4 kB and no credential is presented.',
  415: 'The body is not JSON.',
  422: 'The input is not valid; what is wrong is listed.',
  426: 'It is no request for a WebSocket with the subprotocol that is spoken here.',
  429: 'Too many failed authentications, or too much input that was refused, from this address.',
  500: 'A fault of the service; nothing was changed.',
  503: 'It cannot be decided, recorded or confirmed at the moment. Repeat the call after Retry-After seconds.',
} as const;

/** Documents the refusals of an operation in the native error shape. */
export const Refusals = documentedRefusals(DESCRIPTIONS, (status) =>
  status === 422 ? InputErrorDto : ErrorDto,
);

/**
 * What every management route has: a good bearer secret, the limits of calls, and any of `scopes`, if some are named.
 * @param business what binds the request to a business
 */
export function managementRoute(
  business: Type<CanActivate>[],
  scopes: readonly ManagementScope[],
  ...documented: (MethodDecorator & ClassDecorator)[]
): MethodDecorator & ClassDecorator {
  return applyDecorators(
    UseGuards(BearerGuard, ...business, CallLimitGuard, ScopeGuard),
    UseInterceptors(AdmissionInterceptor),
    ...(scopes.length === 0 ? [] : [RequireScope(...scopes)]),
    ApiBearerAuth('bearer'),
    ...documented,
  );
}

const REFUSALS = [400, 401, 403, 422, 429, 500, 503] as const;

/**
 * A route of a business: a good bearer secret, a business that is the caller's, and the scope, if one is named.
 * @param refusals those that not every route has
 */
export const BusinessRoute = (
  scope?: ManagementScope,
  ...refusals: Parameters<typeof Refusals>
): MethodDecorator & ClassDecorator =>
  managementRoute(
    [BusinessGuard],
    scope === undefined ? [] : [scope],
    ApiSecurity('business'),
    Refusals(...REFUSALS, ...refusals),
  );

/** A route of the platform: a platform token only. */
export const PlatformRoute = (): MethodDecorator & ClassDecorator =>
  managementRoute([], ['rescind:platform:admin'], Refusals(...REFUSALS));
