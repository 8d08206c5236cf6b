import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Author, RequestFacts } from '../audit/trail/audit-draft.js';
import { DomainError } from '../common/errors/domain-error.js';
import { idempotencyKeyOf, type IdempotencyKey } from './idempotency-key.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { authorOf, type Principal } from './principal.js';

/** Who calls, and from where: handed to services as an argument, never injected. */
export interface Caller extends Author {
  principal: Principal;
  /** null: the call is not to be repeated under its name. */
  idempotencyKey: IdempotencyKey | null;
}

/** A caller inside a business that it was proven to may act in. */
export interface BusinessCaller extends Caller {
  businessId: string;
}

/** A caller inside a business, or the platform outside of all. */
export interface CallerAnywhere extends Caller {
  businessId: string | null;
}

/** Where the caller came from, on routes that need no credential. */
export const CurrentRequestFacts = createParamDecorator(
  (_: unknown, context: ExecutionContext): RequestFacts =>
    requestFactsOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

export function requestFactsOf(request: FastifyRequest): RequestFacts {
  return { requestId: request.id, ip: request.ip, userAgent: request.headers['user-agent'] ?? null };
}

export function callerOf(request: AuthenticatedRequest): Caller {
  const principal = request.user;
  return {
    principal,
    idempotencyKey: idempotencyKeyOf(request),
    ...authorOf(principal, requestFactsOf(request)),
  };
}

/** The caller of a route behind the bearer guard. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<AuthenticatedRequest>()),
);

/** The caller of a route that the platform may call outside any business; `businessId` is null there. */
export const CurrentCallerAnywhere = createParamDecorator(
  (_: unknown, context: ExecutionContext): CallerAnywhere => {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    return { ...callerOf(request), businessId: request.businessId ?? null };
  },
);

/** The caller of a route behind the business guard. */
export const CurrentBusinessCaller = createParamDecorator(
  (_: unknown, context: ExecutionContext): BusinessCaller => {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (request.businessId === undefined)
      throw new DomainError('internal', 'The route has no business guard.');
    return { ...callerOf(request), businessId: request.businessId };
  },
);
