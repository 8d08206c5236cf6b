import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { holdTo } from '../common/http/rate-limit-fields.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { CallLimits } from './call-limits.js';
import { isPreview, isRevocationRoute, mayGiveRights } from './revokes.decorator.js';

/**
 * Limits management calls to the quotas of their business and token, and what may lower rights to that of its token, so
 * that nobody else uses that up. Revocations and the like are limited in no time, but in how many are under way (AdmissionInterceptor).
 */
@Injectable()
export class CallLimitGuard implements CanActivate {
  constructor(private readonly limits: CallLimits) {}

  /** @throws DomainError `request.rate_limited` */
  canActivate(context: ExecutionContext): boolean {
    const revokes = isRevocationRoute(context) && !isPreview(context);
    if (revokes && !mayGiveRights(context)) return true;
    const http = context.switchToHttp();
    const { user, businessId } = http.getRequest<AuthenticatedRequest>();
    const reply = http.getResponse<FastifyReply>();
    holdTo(this.limits[revokes ? 'lowering' : 'call'](user, businessId ?? null), reply);
    if (revokes) return true;
    reply.raw.once('finish', () => {
      const bytes = Number(reply.raw.getHeader('content-length') ?? 0);
      this.limits.answer(user, businessId ?? null, bytes);
    });
    return true;
  }
}
