import type { IncomingMessage } from 'node:http';
import { applyDecorators, HttpCode } from '@nestjs/common';
import { RouteConfig, RouteConstraints } from '@nestjs/platform-fastify';
import { BUSINESS_HEADER } from '../../auth/business-header.js';
import { ON_BEHALF_OF_HEADER } from '../../auth/business.guard.js';
import { TokenBusinessRoute } from '../../auth/token-business-route.decorator.js';
import type { ManagementScope } from '../../verification/scopes.js';
import { InfisicalRefusals } from './infisical-error.dto.js';

const INFISICAL = 'infisical';
/** Where all errors are in Infisical's shape. */
const INFISICAL_ERRORS = '/api/v1/auth';

/**
 * Distinguishes the routes whose addresses Infisical and the native API share: a native request names its business
 * in `x-business-id`, Infisical's clients send no such header. For the router; a header without a value counts as
 * sent.
 */
export const INFISICAL_CONSTRAINT = {
  name: 'dialect',
  mustMatchWhenDerived: false,
  storage() {
    // What the router stores there is internal to it.
    const handlers = new Map<string, never>();
    return {
      get: (dialect: string) => handlers.get(dialect) ?? null,
      set: (dialect: string, handler: never) => void handlers.set(dialect, handler),
    };
  },
  deriveConstraint: ({ headers }: IncomingMessage) =>
    headers[BUSINESS_HEADER] === undefined ? INFISICAL : 'native',
};

type Refusals = Parameters<typeof InfisicalRefusals>;

/** A route of Infisical, in the business of the calling token. @param refusals those that not every route has */
export function InfisicalRoute(scope?: ManagementScope | [], ...refusals: Refusals): MethodDecorator {
  return applyDecorators(HttpCode(200), TokenBusinessRoute(scope), InfisicalRefusals(...refusals));
}

/** The same at an address that the native API has as well. */
export function SharedInfisicalRoute(scope: ManagementScope, ...refusals: Refusals): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    RouteConstraints({ dialect: INFISICAL }),
    RouteConfig({ errorsAsUnder: INFISICAL_ERRORS }),
    TokenBusinessRoute(scope, ON_BEHALF_OF_HEADER),
    InfisicalRefusals(...refusals),
  );
}
