import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DomainError } from '../common/errors/domain-error.js';
import type { ErrorObserver } from '../common/errors/error-observer.js';
import { REFUSALS } from '../common/errors/refusals.js';
import { holdTo } from '../common/http/rate-limit-fields.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { CallLimits } from './call-limits.js';
import { requestFactsOf } from './caller.js';
import { DenialLog, type Denial } from './denial-log.js';
import type { Principal } from './principal.js';

const DENIALS = new Set([
  'business.forbidden',
  'permission.denied',
  'permission.scope_not_grantable',
  'revocation.same_person',
  // Else a person may stay whom the directory has let go, and nobody knows.
  'scim.active_unclear',
  // With a token: with a session nobody is proven yet, and the FailedAuthenticationRecorder records it.
  'session.cross_site',
]);

/**
 * Records every denied access of a proven caller in the log of the caller's own business, before it is answered; a
 * denial that cannot be recorded is answered 503. The business that was asked for learns nothing of it; it may not even
 * exist. A 404 counts as denied, because what was asked for may belong to somebody else. The event is the same if it
 * does not exist.
 */
@Injectable()
export class DenialRecorder implements ErrorObserver {
  constructor(
    private readonly log: DenialLog,
    private readonly limits: CallLimits,
  ) {}

  /** @throws DomainError `request.rate_limited` in place of one denial too many; as DenialLog */
  async observe(error: DomainError, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { user, businessId } = request as Partial<AuthenticatedRequest>;
    if (user === undefined) return;
    const denial = denialOf(error, user, request);
    if (error.code === 'request.rate_limited') return this.log.record(denial, true);
    if (isNotFound(error)) return this.log.record(denial, this.isOften(user, businessId ?? null));
    if (!DENIALS.has(error.code)) return;
    const uses = this.limits.denial(user, businessId ?? null);
    const isTooMuch = uses.some(({ isExceeded }) => isExceeded);
    await this.log.record(denial, isTooMuch);
    if (isTooMuch) holdTo(uses, reply);
  }

  /** Above the limit of denials the answer does not change, but its event may wait so that others can share it. */
  private isOften(principal: Principal, businessId: string | null): boolean {
    return this.limits.miss(principal, businessId).some(({ isExceeded }) => isExceeded);
  }
}

function isNotFound({ code }: DomainError): boolean {
  return REFUSALS[code].kind === 'not_found';
}

function denialOf(error: DomainError, principal: Principal, request: FastifyRequest): Denial {
  const route = request.routeOptions.url;
  return {
    businessId: principal.businessId,
    actor: principal.actor,
    action: 'access.denied',
    target: error.facts.about ?? { kind: 'route', id: route ?? null },
    outcome: 'denied',
    request: requestFactsOf(request),
    details: { method: request.method, route: route ?? '', code: error.code },
  };
}
