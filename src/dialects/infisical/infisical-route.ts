import type { IncomingMessage } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig, RouteConstraints } from '@nestjs/platform-fastify';
import { BUSINESS_HEADER } from '../../auth/business-header.js';

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

/** The route of Infisical at a shared address. */
export function InfisicalRoute(): MethodDecorator {
  return applyDecorators(
    RouteConstraints({ dialect: INFISICAL }),
    RouteConfig({ errorsAsUnder: INFISICAL_ERRORS }),
  );
}
