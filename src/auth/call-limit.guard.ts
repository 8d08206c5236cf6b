import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { holdTo } from '../admission/rate-limit-fields.js';
import { Rates } from '../admission/rates.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { isPreview, isRevocationRoute, mayGiveRights } from './revokes.decorator.js';
import { sharersOf } from './sharers.js';

/** Each full one is another call: a page of a hundred tokens takes twenty times the processor time of a small answer. */
const ANSWER_BYTES_A_CALL = 4096;

/**
 * Holds management calls to the limits of their business and token, and what may lower rights to that of its token, so
 * that nobody else uses that up. Revocations and the like are limited in no time, but in how many are
 * under way (AdmissionInterceptor).
 */
@Injectable()
export class CallLimitGuard implements CanActivate {
  constructor(private readonly rates: Rates) {}

  /** @throws DomainError `request.rate_limited` */
  canActivate(context: ExecutionContext): boolean {
    const revokes = isRevocationRoute(context) && !isPreview(context);
    if (revokes && !mayGiveRights(context)) return true;
    const http = context.switchToHttp();
    const { user, businessId } = http.getRequest<AuthenticatedRequest>();
    const reply = http.getResponse<FastifyReply>();
    const sharers = sharersOf(user, businessId ?? null);
    holdTo(this.rates[revokes ? 'useOfToken' : 'useShared']('calls', sharers), reply);
    if (revokes) return true;
    reply.raw.once('finish', () => {
      const bytes = Number(reply.raw.getHeader('content-length') ?? 0);
      const units = Math.floor(bytes / ANSWER_BYTES_A_CALL);
      if (units > 0) this.rates.addShared('calls', sharers, units);
    });
    return true;
  }
}
