import { applyDecorators, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiSecurity } from '@nestjs/swagger';
import type { ManagementScope } from '../verification/scopes.js';
import { AdmissionInterceptor } from './admission.interceptor.js';
import { BearerGuard } from './bearer.guard.js';
import { BUSINESS_HEADER } from './business-header.js';
import {
  CallersBusinessGuard,
  NamedOrOwnBusinessGuard,
  ON_BEHALF_OF_HEADER,
  OptionalBusinessGuard,
} from './callers-business.guard.js';
import { CallLimitGuard } from './call-limit.guard.js';
import { RequireScope, ScopeGuard } from './scope.guard.js';

const NAMING_HEADER = {
  required: false,
  description: 'Only for platform tokens, which belong to no business: the business to act in.',
  schema: { type: 'string' as const, format: 'uuid' },
};

/**
 * A route in the business of the calling token: a good bearer secret, and the scope, or one of several, if any is named.
 * @param header in which a platform token names one
 */
export function TokenBusinessRoute(
  scopes: ManagementScope | readonly ManagementScope[] = [],
  header = BUSINESS_HEADER,
): MethodDecorator & ClassDecorator {
  const asked = [scopes].flat();
  return applyDecorators(
    UseGuards(BearerGuard, CallersBusinessGuard, CallLimitGuard, ScopeGuard),
    UseInterceptors(AdmissionInterceptor),
    ...(asked.length === 0 ? [] : [RequireScope(...asked)]),
    ApiBearerAuth('bearer'),
    ApiHeader({ name: header, ...NAMING_HEADER }),
  );
}

/** A route in the business that is named in `x-business-id`, or the caller's own, where the platform may also ask in all businesses at once: it names none. */
export function AnyBusinessRoute(scope: ManagementScope): MethodDecorator & ClassDecorator {
  return applyDecorators(
    UseGuards(BearerGuard, NamedOrOwnBusinessGuard, CallLimitGuard, ScopeGuard),
    UseInterceptors(AdmissionInterceptor),
    RequireScope(scope),
    ApiBearerAuth('bearer'),
    ApiSecurity('business'),
  );
}

/** The same, where the platform may also act outside any business. */
export function OnBehalfRoute(scope?: ManagementScope): MethodDecorator & ClassDecorator {
  return applyDecorators(
    UseGuards(BearerGuard, OptionalBusinessGuard, CallLimitGuard, ScopeGuard),
    UseInterceptors(AdmissionInterceptor),
    ...(scope === undefined ? [] : [RequireScope(scope)]),
    ApiBearerAuth('bearer'),
    ApiHeader({ name: ON_BEHALF_OF_HEADER, ...NAMING_HEADER }),
  );
}
