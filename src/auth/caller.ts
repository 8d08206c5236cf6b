import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AuditContext, RequestFacts } from '../audit/trail/audit-draft.js';
import { DomainError } from '../common/errors/domain-error.js';
import { clientRequestIdOf } from '../common/request-id.js';
import { withoutSecrets } from '../secrets/secret-in-text.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { auditContextOf, type Principal } from './principal.js';
import { isEmailAddress } from '../common/email.decorator.js';

/** DayZero's header for the person on whose behalf a request is made. A claim, never a proof. */
export const USER_EMAIL_HEADER = 'x-user-email';

/** The e-mail that the request claims; nothing if it is missing or invalid. It decides nothing. */
function claimedUserOf({ headers }: FastifyRequest): { claimedUser?: string } {
  const claimed = headers[USER_EMAIL_HEADER];
  return isEmailAddress(claimed) ? { claimedUser: claimed } : {};
}

/** The key that a client gave to a call, so that it can repeat it (draft-ietf-httpapi-idempotency-key-header-07). */
interface IdempotencyKey {
  readonly key: string;
  /** SHA-256 of the request: a key belongs to one request. */
  readonly fingerprint: Buffer;
}

/** Printable ASCII; the quotes of a structured field (RFC 9651 §3.3.3) may be left out. */
export const IDEMPOTENCY_KEY =
  /^(?:"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255}))$/;

/** null: the call has no key. @throws DomainError `request.invalid` */
function idempotencyKeyOf(request: FastifyRequest): IdempotencyKey | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const [, quoted, bare] = IDEMPOTENCY_KEY.exec(typeof header === 'string' ? header : '') ?? [];
  const key = quoted ?? bare;
  if (key === undefined)
    throw new DomainError(
      'request.invalid',
      'Invalid request parameters: the idempotency-key header is not one string of 1 to 255 characters.',
    );
  const asked = JSON.stringify([request.method, request.url, request.headers['x-business-id'], request.body]);
  return { key, fingerprint: createHash('sha256').update(asked).digest() };
}

/** Who calls, and from where: handed to services as an argument, never injected. */
export interface Caller extends AuditContext {
  principal: Principal;
  /** The business that the caller was proven to act in; null: none, as on routes of the platform. */
  businessId: string | null;
  /** null: the call has no Idempotency-Key. */
  idempotencyKey: IdempotencyKey | null;
}

/** A caller in a business in which it was proven that it may act. */
export interface BusinessCaller extends Caller {
  businessId: string;
}

/** Where the caller came from, on routes that need no credential. */
export const CurrentRequestFacts = createParamDecorator(
  (_: unknown, context: ExecutionContext): RequestFacts =>
    requestFactsOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

export function requestFactsOf(request: FastifyRequest): RequestFacts {
  const { 'user-agent': userAgent } = request.headers;
  return {
    requestId: request.id,
    clientRequestId: clientRequestIdOf(request.raw),
    ip: request.ip,
    userAgent: userAgent === undefined ? null : withoutSecrets(userAgent),
    ...claimedUserOf(request),
  };
}

export function callerOf(request: AuthenticatedRequest): Caller {
  const principal = request.user;
  return {
    principal,
    businessId: request.businessId ?? null,
    idempotencyKey: idempotencyKeyOf(request),
    ...auditContextOf(principal, requestFactsOf(request)),
  };
}

/** The caller of a route behind the bearer guard. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<AuthenticatedRequest>()),
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
