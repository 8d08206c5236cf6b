import { ApiHeader, ApiSecurity } from '@nestjs/swagger';
import type { ManagementScope } from '../verification/scopes.js';
import { BUSINESS_HEADER } from './business-header.js';
import {
  CallersBusinessGuard,
  NamedOrOwnBusinessGuard,
  ON_BEHALF_OF_HEADER,
  OptionalBusinessGuard,
} from './business.guard.js';
import { managementRoute } from './route.decorator.js';

const NAMING_HEADER = {
  required: false,
  description: 'Only for platform tokens, which belong to no business: the business to act in.',
  schema: { type: 'string' as const, format: 'uuid' },
};

/**
 * A route in the business of the calling token: a good bearer secret, and the scope, or one of several, if any is named.
 * @param header in which a platform token names one
 */
export const TokenBusinessRoute = (
  scopes: ManagementScope | readonly ManagementScope[] = [],
  header = BUSINESS_HEADER,
): MethodDecorator & ClassDecorator =>
  managementRoute([CallersBusinessGuard], [scopes].flat(), ApiHeader({ name: header, ...NAMING_HEADER }));

/** A route in the business that is named in `x-business-id`, or the caller's own, where the platform may also ask in all businesses at once: it names none. */
export const AnyBusinessRoute = (scope: ManagementScope): MethodDecorator & ClassDecorator =>
  managementRoute([NamedOrOwnBusinessGuard], [scope], ApiSecurity('business'));

/** The same, where the platform may also act outside any business. */
export const OnBehalfRoute = (...scope: ManagementScope[]): MethodDecorator & ClassDecorator =>
  managementRoute([OptionalBusinessGuard], scope, ApiHeader({ name: ON_BEHALF_OF_HEADER, ...NAMING_HEADER }));
