import { applyDecorators, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader } from '@nestjs/swagger';
import type { ManagementScope } from '../verification/scopes.js';
import { AdmissionInterceptor } from './admission.interceptor.js';
import { BearerGuard } from './bearer.guard.js';
import { BUSINESS_HEADER } from './business-header.js';
import {
  CallersBusinessGuard,
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

/** A route in the business of the calling token: a good bearer secret, and the scope, if one is named. */
export function ManagedByCallersBusiness(scope?: ManagementScope): MethodDecorator & ClassDecorator {
  return applyDecorators(
    UseGuards(BearerGuard, CallersBusinessGuard, CallLimitGuard, ScopeGuard),
    UseInterceptors(AdmissionInterceptor),
    ...(scope === undefined ? [] : [RequireScope(scope)]),
    ApiBearerAuth('bearer'),
    ApiHeader({ name: BUSINESS_HEADER, ...NAMING_HEADER }),
  );
}

/** The same, where the platform may also act outside any business. */
export function ManagedOnBehalf(scope?: ManagementScope): MethodDecorator & ClassDecorator {
  return applyDecorators(
    UseGuards(BearerGuard, OptionalBusinessGuard, CallLimitGuard, ScopeGuard),
    UseInterceptors(AdmissionInterceptor),
    ...(scope === undefined ? [] : [RequireScope(scope)]),
    ApiBearerAuth('bearer'),
    ApiHeader({ name: ON_BEHALF_OF_HEADER, ...NAMING_HEADER }),
  );
}
